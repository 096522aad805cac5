using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SshMux.Engine.Cryptography;

/// <content>Diffie-Hellman in the multiplicative group modulo a prime. Needs OpenSSL 3.</content>
internal static unsafe partial class LibCrypto
{
    // What EVP_PKEY_fromdata takes: EVP_PKEY_KEY_PARAMETERS, EVP_PKEY_PUBLIC_KEY and EVP_PKEY_KEYPAIR.
    private const int SelectParameters = 0x84;
    private const int SelectPublicKey = 0x86;
    private const int SelectKeyPair = 0x87;

    /// <summary>Why Diffie-Hellman cannot be done here; null when it can.</summary>
    public static string? WhyNoDiffieHellman =>
        !IsAvailable ? WhyUnavailable
        : DiffieHellmanFunctions.Instance.Missing.Length > 0
            ? $"Diffie-Hellman needs OpenSSL 3 or later; its libcrypto has no {DiffieHellmanFunctions.Instance.Missing}"
            : null;

    /// <summary>
    /// A key pair of its own for one Diffie-Hellman exchange. All numbers are big-endian and without leading zeros.
    /// </summary>
    public sealed class DiffieHellman : SafeHandle
    {
        /// <summary>
        /// Makes a key pair in the group of a prime and a generator, with a private exponent of
        /// <paramref name="privateBits"/> bits. Throws <see cref="CryptographicException"/> where libcrypto refuses
        /// them.
        /// </summary>
        public DiffieHellman(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> generator, int privateBits)
            : base(0, ownsHandle: true)
        {
            Prime = prime.ToArray();
            Generator = generator.ToArray();
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

        /// <summary>Takes a key pair that there is, for known-answer tests.</summary>
        internal DiffieHellman(
            ReadOnlySpan<byte> prime,
            ReadOnlySpan<byte> generator,
            ReadOnlySpan<byte> privateKey,
            ReadOnlySpan<byte> publicValue)
            : base(0, ownsHandle: true)
        {
            Prime = prime.ToArray();
            Generator = generator.ToArray();
            SetHandle(NewKey(SelectKeyPair, prime, generator, publicValue, privateKey));
            PublicValue = publicValue.ToArray();
        }

        /// <inheritdoc/>
        public override bool IsInvalid => handle == 0;

        /// <summary>The prime.</summary>
        public byte[] Prime { get; }

        /// <summary>The generator.</summary>
        public byte[] Generator { get; }

        /// <summary>Our public value.</summary>
        public byte[] PublicValue { get; }

        /// <summary>
        /// Computes the shared secret into <paramref name="secret"/>, which is as long as the prime, and gives its
        /// length. Throws <see cref="CryptographicException"/> for a peer's value that libcrypto refuses.
        /// </summary>
        public int Derive(ReadOnlySpan<byte> peerValue, Span<byte> secret)
        {
            DemandLength(secret, Prime.Length);
            var held = false;
            nint peer = 0, context = 0;
            try
            {
                DangerousAddRef(ref held);
                peer = NewKey(SelectPublicKey, Prime, Generator, peerValue);
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
                        var settings = stackalloc Parameter[2];
                        settings[0] = new Parameter(name, Parameter.Integer, &bits, sizeof(int));
                        settings[1] = default;
                        Check(Dh.SetContextParameters(context, settings), "EVP_PKEY_CTX_set_params");
                    }
                }

                nint key = 0;
                if (Dh.Keygen(context, &key) == 1) return key;
                Api.ClearErrors();
                return 0;
            }
            finally
            {
                Api.FreeKeyContext(context);
            }
        }

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            // Wipes the private number as it frees.
            Api.FreeKey(handle);
            return true;
        }
    }

    /// <summary>
    /// The prime of a group that libcrypto knows by name (<c>modp_2048</c> and so on: RFC 3526), of so many bits.
    /// </summary>
    public static byte[] PrimeOf(string group, int bits)
    {
        var functions = Dh;
        nint context = 0, parameters = 0;
        try
        {
            fixed (byte* key = "group"u8, value = Encoding.ASCII.GetBytes(group), type = "DH"u8)
            {
                var settings = stackalloc Parameter[2];
                settings[0] = new Parameter(key, Parameter.Utf8String, value, group.Length);
                settings[1] = default;
                context = Check(functions.NewContextFromName(0, type, 0), "EVP_PKEY_CTX_new_from_name");
                Check(functions.FromDataInit(context), "EVP_PKEY_fromdata_init");
                Check(functions.FromData(context, &parameters, SelectParameters, settings), "EVP_PKEY_fromdata");
            }

            return ReadNumber(parameters, "p"u8, bits / 8);
        }
        finally
        {
            Api.FreeKeyContext(context);
            Api.FreeKey(parameters);
        }
    }

    private static DiffieHellmanFunctions Dh => WhyNoDiffieHellman is { } why
        ? throw new SshException(SshError.AlgorithmUnavailable, why)
        : DiffieHellmanFunctions.Instance;

    /// <summary>Makes a DH key, or the parameters of one, from big-endian numbers; empty ones are left out.</summary>
    private static nint NewKey(
        int selection,
        ReadOnlySpan<byte> prime,
        ReadOnlySpan<byte> generator,
        ReadOnlySpan<byte> publicValue = default,
        ReadOnlySpan<byte> privateKey = default)
    {
        var functions = Dh;
        var numbers = new byte[prime.Length + generator.Length + publicValue.Length + privateKey.Length];
        nint context = 0;
        try
        {
            fixed (byte* buffer = numbers, p = "p"u8, g = "g"u8, pub = "pub"u8, priv = "priv"u8, type = "DH"u8)
            {
                var settings = stackalloc Parameter[5];
                var next = buffer;
                var count = 0;
                settings[count++] = Number(p, prime, ref next);
                settings[count++] = Number(g, generator, ref next);
                if (!publicValue.IsEmpty) settings[count++] = Number(pub, publicValue, ref next);
                if (!privateKey.IsEmpty) settings[count++] = Number(priv, privateKey, ref next);
                settings[count] = default;
                context = Check(functions.NewContextFromName(0, type, 0), "EVP_PKEY_CTX_new_from_name");
                Check(functions.FromDataInit(context), "EVP_PKEY_fromdata_init");
                nint key = 0;
                Check(functions.FromData(context, &key, selection, settings), "EVP_PKEY_fromdata");
                return key;
            }
        }
        finally
        {
            Api.FreeKeyContext(context);
            CryptographicOperations.ZeroMemory(numbers);
        }
    }

    private static byte[] ReadNumber(nint key, ReadOnlySpan<byte> name, int maxLength)
    {
        var number = new byte[maxLength];
        fixed (byte* field = name, value = number)
        {
            var settings = stackalloc Parameter[2];
            settings[0] = new Parameter(field, Parameter.UnsignedInteger, value, maxLength);
            settings[1] = default;
            Check(Dh.GetParameters(key, settings), "EVP_PKEY_get_params");
        }

        if (BitConverter.IsLittleEndian) number.AsSpan().Reverse();
        return number.AsSpan().TrimStart((byte)0).ToArray();
    }

    /// <summary>Puts a number into the buffer in the machine's byte order.</summary>
    private static Parameter Number(byte* name, ReadOnlySpan<byte> bigEndian, ref byte* buffer)
    {
        var place = new Span<byte>(buffer, bigEndian.Length);
        bigEndian.CopyTo(place);
        if (BitConverter.IsLittleEndian) place.Reverse();
        buffer += bigEndian.Length;
        return new Parameter(name, Parameter.UnsignedInteger, buffer - bigEndian.Length, bigEndian.Length);
    }

    /// <summary>OSSL_PARAM of OpenSSL 3; all zero is the end of a list.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Parameter(byte* name, uint type, void* data, int length)
    {
        public const uint Integer = 1;
        public const uint UnsignedInteger = 2;
        public const uint Utf8String = 4;

        private readonly byte* _name = name;
        private readonly uint _type = type;
        private readonly void* _data = data;
        private readonly nuint _length = (nuint)length;
        private readonly nuint _returned;
    }

    /// <summary>What came with OpenSSL 3; without it everything else still works.</summary>
    private sealed class DiffieHellmanFunctions
    {
        public readonly string Missing;
        public readonly delegate* unmanaged<nint, byte*, nint, nint> NewContextFromName;
        public readonly delegate* unmanaged<nint, int> FromDataInit;
        public readonly delegate* unmanaged<nint, nint*, int, Parameter*, int> FromData;
        public readonly delegate* unmanaged<nint, int> KeygenInit;
        public readonly delegate* unmanaged<nint, nint*, int> Keygen;
        public readonly delegate* unmanaged<nint, Parameter*, int> SetContextParameters;
        public readonly delegate* unmanaged<nint, Parameter*, int> GetParameters;

        private DiffieHellmanFunctions()
        {
            var bind = new Binder(Library);
            NewContextFromName =
                (delegate* unmanaged<nint, byte*, nint, nint>)bind.To("EVP_PKEY_CTX_new_from_name");
            FromDataInit = (delegate* unmanaged<nint, int>)bind.To("EVP_PKEY_fromdata_init");
            FromData = (delegate* unmanaged<nint, nint*, int, Parameter*, int>)bind.To("EVP_PKEY_fromdata");
            KeygenInit = (delegate* unmanaged<nint, int>)bind.To("EVP_PKEY_keygen_init");
            Keygen = (delegate* unmanaged<nint, nint*, int>)bind.To("EVP_PKEY_keygen");
            SetContextParameters = (delegate* unmanaged<nint, Parameter*, int>)bind.To("EVP_PKEY_CTX_set_params");
            GetParameters = (delegate* unmanaged<nint, Parameter*, int>)bind.To("EVP_PKEY_get_params");
            Missing = string.Join(", ", bind.Missing);
        }

        public static DiffieHellmanFunctions Instance { get; } = new();
    }
}
