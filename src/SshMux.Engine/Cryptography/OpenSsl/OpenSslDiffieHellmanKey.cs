using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;
using Dh = SshMux.Engine.Cryptography.OpenSsl.DiffieHellmanFunctions;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>A key pair of Diffie-Hellman in libcrypto, which wipes the private number as it frees it.</summary>
internal sealed unsafe class OpenSslDiffieHellmanKey : SafeHandle, IDiffieHellmanKey
{
    // What EVP_PKEY_fromdata takes: EVP_PKEY_KEY_PARAMETERS, EVP_PKEY_PUBLIC_KEY and EVP_PKEY_KEYPAIR.
    private const int SelectParameters = 0x84;
    private const int SelectPublicKey = 0x86;
    private const int SelectKeyPair = 0x87;

    private readonly byte[] _generator;

    /// <summary>Makes a key pair.</summary>
    public OpenSslDiffieHellmanKey(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> generator, int privateBits)
        : base(0, ownsHandle: true)
    {
        Prime = prime.ToArray();
        _generator = generator.ToArray();
        var parameters = NewKey(SelectParameters, prime, generator);
        try
        {
            // A group with a short subgroup that libcrypto knows (RFC 5114) takes no longer exponent than that has;
            // then its length is left to libcrypto.
            var key = TryGenerate(parameters, privateBits);
            SetHandle(key != 0 ? key : Check(TryGenerate(parameters, null), "EVP_PKEY_keygen"));
        }
        finally
        {
            Api.FreeKey(parameters);
        }

        PublicValue = ReadNumber(handle, "pub"u8, Prime.Length);
    }

    /// <summary>Takes a key pair that there is.</summary>
    public OpenSslDiffieHellmanKey(
        ReadOnlySpan<byte> prime,
        ReadOnlySpan<byte> generator,
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> publicValue)
        : base(0, ownsHandle: true)
    {
        Prime = prime.ToArray();
        _generator = generator.ToArray();
        SetHandle(NewKey(SelectKeyPair, prime, generator, publicValue, privateKey));
        PublicValue = publicValue.ToArray();
    }

    public override bool IsInvalid => handle == 0;

    public byte[] Prime { get; }

    public byte[] PublicValue { get; }

    public int Derive(ReadOnlySpan<byte> peerValue, Span<byte> secret)
    {
        Lengths.Demand(secret, Prime.Length);
        var held = false;
        nint peer = 0, context = 0;
        try
        {
            DangerousAddRef(ref held);
            peer = NewKey(SelectPublicKey, Prime, _generator, peerValue);
            context = Check(Api.NewKeyContext(handle, 0), "EVP_PKEY_CTX_new");
            Check(Api.DeriveInit(context), "EVP_PKEY_derive_init");
            Check(Api.DeriveSetPeer(context, peer), "EVP_PKEY_derive_set_peer");
            var length = (nuint)secret.Length;
            fixed (byte* output = secret) Check(Api.Derive(context, output, &length), "EVP_PKEY_derive");
            return (int)length;
        }
        catch (CryptographicException)
        {
            secret.Clear();
            throw;
        }
        finally
        {
            Api.FreeKeyContext(context);
            Api.FreeKey(peer);
            if (held) DangerousRelease();
        }
    }

    /// <summary>
    /// Reads a number of a key, or of parameters, by its name: big-endian and without leading zeros.
    /// </summary>
    public static byte[] ReadNumber(nint key, ReadOnlySpan<byte> name, int maxLength)
    {
        var number = new byte[maxLength];
        fixed (byte* field = name, value = number.AsSpan())
        {
            var settings = stackalloc OpenSslParameter[2];
            settings[0] = new OpenSslParameter(field, OpenSslParameter.UnsignedInteger, value, maxLength);
            settings[1] = default;
            Check(Dh.GetParameters(key, settings), "EVP_PKEY_get_params");
        }

        OpenSslParameter.SwapOrder(number);
        return number.AsSpan().TrimStart((byte)0).ToArray();
    }

    protected override bool ReleaseHandle()
    {
        Api.FreeKey(handle);
        return true;
    }

    private static nint TryGenerate(nint parameters, int? privateBits)
    {
        var context = Check(Api.NewKeyContext(parameters, 0), "EVP_PKEY_CTX_new");
        try
        {
            Check(Dh.KeygenInit(context), "EVP_PKEY_keygen_init");
            if (privateBits is { } bits)
            {
                fixed (byte* name = "priv_len"u8)
                {
                    var settings = stackalloc OpenSslParameter[2];
                    settings[0] = new OpenSslParameter(name, OpenSslParameter.Integer, &bits, sizeof(int));
                    settings[1] = default;
                    Check(Dh.SetContextParameters(context, settings), "EVP_PKEY_CTX_set_params");
                }
            }

            nint key = 0;
            return Succeeded(Dh.Keygen(context, &key)) ? key : 0;
        }
        finally
        {
            Api.FreeKeyContext(context);
        }
    }

    /// <summary>Makes a DH key, or the parameters of one, from big-endian numbers; empty ones are left out.</summary>
    private static nint NewKey(
        int selection,
        ReadOnlySpan<byte> prime,
        ReadOnlySpan<byte> generator,
        ReadOnlySpan<byte> publicValue = default,
        ReadOnlySpan<byte> privateKey = default)
    {
        Dh.Demand();
        var numbers = new byte[prime.Length + generator.Length + publicValue.Length + privateKey.Length];
        nint context = 0;
        try
        {
            fixed (byte* buffer = numbers.AsSpan(), p = "p"u8, g = "g"u8, pub = "pub"u8, priv = "priv"u8, type = "DH"u8)
            {
                var settings = stackalloc OpenSslParameter[5];
                var next = buffer;
                var count = 0;
                settings[count++] = OpenSslParameter.Number(p, prime, ref next);
                settings[count++] = OpenSslParameter.Number(g, generator, ref next);
                if (!publicValue.IsEmpty) settings[count++] = OpenSslParameter.Number(pub, publicValue, ref next);
                if (!privateKey.IsEmpty) settings[count++] = OpenSslParameter.Number(priv, privateKey, ref next);
                settings[count] = default;
                context = Check(Dh.NewContextFromName(0, type, 0), "EVP_PKEY_CTX_new_from_name");
                Check(Dh.FromDataInit(context), "EVP_PKEY_fromdata_init");
                nint key = 0;
                Check(Dh.FromData(context, &key, selection, settings), "EVP_PKEY_fromdata");
                return key;
            }
        }
        finally
        {
            Api.FreeKeyContext(context);
            CryptographicOperations.ZeroMemory(numbers);
        }
    }
}
