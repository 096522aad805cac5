using System.Runtime.InteropServices;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>Finds functions of a library by their names, and keeps the names of those that it has not.</summary>
internal sealed unsafe class LibCryptoBinder(nint library)
{
    public List<string> Missing { get; } = [];

    public void* To(string name)
    {
        if (NativeLibrary.TryGetExport(library, name, out var address)) return (void*)address;
        Missing.Add(name);
        return null;
    }
}
