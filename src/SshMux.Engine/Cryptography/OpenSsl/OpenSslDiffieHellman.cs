using System.Globalization;
using System.Text;
using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;
using Dh = SshMux.Engine.Cryptography.OpenSsl.DiffieHellmanFunctions;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>Diffie-Hellman by libcrypto, from OpenSSL 3 on.</summary>
internal sealed unsafe class OpenSslDiffieHellman : IDiffieHellman
{
    // EVP_PKEY_KEY_PARAMETERS of EVP_PKEY_fromdata.
    private const int SelectParameters = 0x84;

    public string? WhyUnavailable => Dh.WhyUnavailable;

    public byte[] PrimeOf(int bits)
    {
        Dh.Demand();
        var group = string.Create(CultureInfo.InvariantCulture, $"modp_{bits}"); // libcrypto's name
        nint context = 0, parameters = 0;
        try
        {
            fixed (byte* key = "group"u8, value = Encoding.ASCII.GetBytes(group).AsSpan(), type = "DH"u8)
            {
                var settings = stackalloc OpenSslParameter[2];
                settings[0] = new OpenSslParameter(key, OpenSslParameter.Utf8String, value, group.Length);
                settings[1] = default;
                context = Check(Dh.NewContextFromName(0, type, 0), "EVP_PKEY_CTX_new_from_name");
                Check(Dh.FromDataInit(context), "EVP_PKEY_fromdata_init");
                Check(Dh.FromData(context, &parameters, SelectParameters, settings), "EVP_PKEY_fromdata");
            }

            return OpenSslDiffieHellmanKey.ReadNumber(parameters, "p"u8, bits / 8);
        }
        finally
        {
            Api.FreeKeyContext(context);
            Api.FreeKey(parameters);
        }
    }

    public IDiffieHellmanKey CreateKey(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> generator, int privateBits) =>
        new OpenSslDiffieHellmanKey(prime, generator, privateBits);

    public IDiffieHellmanKey KeyFrom(
        ReadOnlySpan<byte> prime,
        ReadOnlySpan<byte> generator,
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> publicValue) =>
        new OpenSslDiffieHellmanKey(prime, generator, privateKey, publicValue);
}
