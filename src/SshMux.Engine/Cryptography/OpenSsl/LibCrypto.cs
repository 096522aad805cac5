using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>
/// The OpenSSL libcrypto that .NET itself stands on, found at run time and called through its EVP interface. Nothing here
/// but <see cref="IsAvailable"/> and <see cref="WhyUnavailable"/> is of use where there is none.
/// </summary>
internal static class LibCrypto
{
    /// <summary>The functions that all of it stands on.</summary>
    public static readonly LibCryptoFunctions Api;

    static LibCrypto()
    {
        var tried = new List<string>();
        foreach (var name in CandidateNames())
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                if (LibCryptoFunctions.TryBind(library, out Api, out var missing))
                {
                    IsAvailable = true;
                    Library = library;
                    return;
                }

                NativeLibrary.Free(library);
                tried.Add($"{name} (has no {missing})");
            }
            else
            {
                tried.Add(name);
            }
        }

        WhyUnavailable = $"no usable OpenSSL libcrypto (1.1.1 or later) found; tried {string.Join(", ", tried)}";
    }

    /// <summary>Whether a libcrypto with all of <see cref="Api"/> was found.</summary>
    public static bool IsAvailable { get; }

    /// <summary>The library's handle, for what is looked up apart from <see cref="Api"/>.</summary>
    public static nint Library { get; }

    /// <summary>For people: why <see cref="IsAvailable"/> is false; empty when it is true.</summary>
    public static string WhyUnavailable { get; } = "";

    /// <summary>Throws <see cref="CryptographicException"/> unless a function's result is 1, which is success.</summary>
    public static unsafe void Check(int result, string function)
    {
        if (result == 1) return;
        Api.ClearErrors();
        throw new CryptographicException($"libcrypto: {function} failed");
    }

    /// <summary>The pointer that a function gave; throws <see cref="CryptographicException"/> for a null.</summary>
    public static nint Check(nint pointer, string function)
    {
        if (pointer == 0) Check(0, function);
        return pointer;
    }

    /// <summary>Whether a function's result is success. The reason why it is not is forgotten.</summary>
    public static unsafe bool Succeeded(int result)
    {
        if (result != 1) Api.ClearErrors();
        return result == 1;
    }

    /// <summary>An empty span pins to a null pointer, which libcrypto takes for a request to tell the length.</summary>
    public static ReadOnlySpan<byte> NotNull(ReadOnlySpan<byte> data) => data.IsEmpty ? "\0"u8 : data;

    /// <summary>The names .NET tries too, so that the process ends up with one libcrypto and not with two.</summary>
    private static string[] CandidateNames()
    {
        if (OperatingSystem.IsMacOS())
        {
            return ["libcrypto.3.dylib", "/opt/homebrew/lib/libcrypto.3.dylib", "/usr/local/lib/libcrypto.3.dylib"];
        }

        string[] usual = ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"];
        var chosen = Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE");
        return string.IsNullOrEmpty(chosen) ? usual : [$"libcrypto.so.{chosen}", .. usual];
    }
}
