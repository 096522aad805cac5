using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace SshMux.PowerShell.Loader;

/// <summary>
/// Where the module's assemblies live: apart from the assemblies of PowerShell and of other modules, so that each can
/// bring the versions of its dependencies that it was built with. Only this small assembly is seen by everybody.
/// </summary>
public sealed class ModuleLoadContext : AssemblyLoadContext
{
    private static readonly Lock Gate = new();
    private static ModuleLoadContext? _instance;

    private readonly AssemblyDependencyResolver _resolver;

    private ModuleLoadContext(string assemblyPath)
        : base("SshMux") => _resolver = new AssemblyDependencyResolver(assemblyPath);

    /// <summary>
    /// Loads the assembly with the cmdlets, once in the life of the process however often the module is imported.
    /// </summary>
    /// <param name="assemblyPath">Full path of the assembly; its .deps.json lies beside it.</param>
    public static Assembly LoadCmdlets(string assemblyPath)
    {
        lock (Gate)
        {
            _instance ??= new ModuleLoadContext(assemblyPath);
            return _instance.LoadFromAssemblyPath(assemblyPath);
        }
    }

    /// <summary>
    /// Resolves from the module's folder; what is not there (PowerShell, .NET) comes from the process.
    /// </summary>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = _resolver.ResolveAssemblyToPath(assemblyName);
        return path is null ? null : LoadFromAssemblyPath(path);
    }

    /// <summary>Resolves native libraries from runtimes/RID/native; the system's come from the system.</summary>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        // A library can be loaded in the middle of a call that has just failed (to free its arguments, say); looking
        // for the library makes system calls, and the caller would see their errors in place of its own.
        var lastError = Marshal.GetLastPInvokeError();
        var path = _resolver.ResolveUnmanagedDllToPath(unmanagedDllName);
        var library = path is null ? 0 : LoadUnmanagedDllFromPath(path);
        Marshal.SetLastPInvokeError(lastError);
        return library;
    }
}
