using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SshMux.Engine.Cryptography;

/// <content>ChaCha20 and Poly1305 (RFC 8439), one by one, as <c>chacha20-poly1305@openssh.com</c> needs them.</content>
internal static unsafe partial class LibCrypto
{
    /// <summary>The length of a ChaCha20 key, and of a Poly1305 key, in bytes.</summary>
    public const int ChaChaPolyKeyLength = 32;

    /// <summary>The length of a Poly1305 tag in bytes.</summary>
    public const int Poly1305TagLength = 16;

    /// <summary>
    /// Why there is no ChaCha20 or no Poly1305 here, for people; null when both work. OpenSSL before 3.0 cannot compute
    /// Poly1305 with a context that is used again, and a FIPS build has neither of them.
    /// </summary>
    public static string? WhyNoChaChaPoly => IsAvailable ? ChaChaPolyApi.WhyUnavailable : WhyUnavailable;

    private static void DemandChaChaPoly()
    {
        if (WhyNoChaChaPoly is { } why) throw new SshException(SshError.AlgorithmUnavailable, why);
    }

    /// <summary>
    /// ChaCha20 with one key, in the original layout of OpenSSH's PROTOCOL.chacha20poly1305: a counter and a nonce of
    /// 64 bits each. Encrypting and decrypting are the same. Not for use by several threads at once.
    /// </summary>
    public sealed class ChaCha20 : SafeHandle
    {
        /// <summary>Takes a key of 32 bytes, which libcrypto copies.</summary>
        public ChaCha20(ReadOnlySpan<byte> key)
            : base(0, ownsHandle: true)
        {
            DemandChaChaPoly();
            DemandLength(key, ChaChaPolyKeyLength);
            SetHandle(Check(Api.NewCipherContext(), "EVP_CIPHER_CTX_new"));
            fixed (byte* k = key)
            {
                Check(Api.EncryptInit(handle, ChaChaPolyApi.ChaCha20(), 0, k, null), "EVP_EncryptInit_ex");
            }
        }

        /// <inheritdoc/>
        public override bool IsInvalid => handle == 0;

        /// <summary>
        /// Encrypts or decrypts <paramref name="data"/> in place with the key stream of a nonce, from a block of 64
        /// bytes on. The blocks of one call must be fewer than 2^32.
        /// </summary>
        public void Apply(ulong nonce, uint firstBlock, Span<byte> data)
        {
            Span<byte> iv = stackalloc byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(iv, firstBlock);
            BinaryPrimitives.WriteUInt64BigEndian(iv[8..], nonce);
            var held = false;
            try
            {
                DangerousAddRef(ref held);
                int written;
                fixed (byte* p = data, i = iv)
                {
                    Check(Api.EncryptInit(handle, 0, 0, null, i), "EVP_EncryptInit_ex");
                    Check(Api.EncryptUpdate(handle, p, &written, p, data.Length), "EVP_EncryptUpdate");
                }
            }
            finally
            {
                if (held) DangerousRelease();
            }
        }

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            // Wipes the key as it frees.
            Api.FreeCipherContext(handle);
            return true;
        }
    }

    /// <summary>Poly1305, each time with another key. Not for use by several threads at once.</summary>
    public sealed class Poly1305 : SafeHandle
    {
        /// <summary>Makes a context, which is used again for every tag.</summary>
        public Poly1305()
            : base(0, ownsHandle: true)
        {
            DemandChaChaPoly();
            SetHandle(Check(ChaChaPolyApi.NewMacContext(ChaChaPolyApi.Poly1305), "EVP_MAC_CTX_new"));
        }

        /// <inheritdoc/>
        public override bool IsInvalid => handle == 0;

        /// <summary>Computes the tag of 16 bytes with a key of 32 bytes that was used for nothing else.</summary>
        public void ComputeTag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> tag)
        {
            DemandLength(key, ChaChaPolyKeyLength);
            DemandLength(tag, Poly1305TagLength);
            var held = false;
            try
            {
                DangerousAddRef(ref held);
                nuint length;
                fixed (byte* k = key, d = NotNull(data), t = tag)
                {
                    Check(ChaChaPolyApi.MacInit(handle, k, (nuint)key.Length, 0), "EVP_MAC_init");
                    Check(ChaChaPolyApi.MacUpdate(handle, d, (nuint)data.Length), "EVP_MAC_update");
                    Check(ChaChaPolyApi.MacFinal(handle, t, &length, (nuint)tag.Length), "EVP_MAC_final");
                }
            }
            finally
            {
                if (held) DangerousRelease();
            }
        }

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            // Wipes the last key as it frees.
            ChaChaPolyApi.FreeMacContext(handle);
            return true;
        }
    }

    /// <summary>
    /// The functions behind the two. They are looked up apart from all others, so that a libcrypto without them still
    /// serves for the rest.
    /// </summary>
    private static class ChaChaPolyApi
    {
        public static readonly delegate* unmanaged<nint> ChaCha20;
        public static readonly delegate* unmanaged<nint, nint> NewMacContext;
        public static readonly delegate* unmanaged<nint, void> FreeMacContext;
        public static readonly delegate* unmanaged<nint, byte*, nuint, nint, int> MacInit;
        public static readonly delegate* unmanaged<nint, byte*, nuint, int> MacUpdate;
        public static readonly delegate* unmanaged<nint, byte*, nuint*, nuint, int> MacFinal;

        static ChaChaPolyApi()
        {
            var bind = new Binder(Library);
            var fetch = (delegate* unmanaged<nint, byte*, byte*, nint>)bind.To("EVP_MAC_fetch");
            ChaCha20 = (delegate* unmanaged<nint>)bind.To("EVP_chacha20");
            NewMacContext = (delegate* unmanaged<nint, nint>)bind.To("EVP_MAC_CTX_new");
            FreeMacContext = (delegate* unmanaged<nint, void>)bind.To("EVP_MAC_CTX_free");
            MacInit = (delegate* unmanaged<nint, byte*, nuint, nint, int>)bind.To("EVP_MAC_init");
            MacUpdate = (delegate* unmanaged<nint, byte*, nuint, int>)bind.To("EVP_MAC_update");
            MacFinal = (delegate* unmanaged<nint, byte*, nuint*, nuint, int>)bind.To("EVP_MAC_final");
            if (bind.Missing.Count > 0)
            {
                WhyUnavailable = $"the OpenSSL libcrypto here is too old: it has no {string.Join(", ", bind.Missing)}";
                return;
            }

            fixed (byte* name = "POLY1305\0"u8) Poly1305 = fetch(0, name, null);
            if (Poly1305 == 0 || !ChaCha20Works())
            {
                WhyUnavailable = "the OpenSSL libcrypto here allows no ChaCha20-Poly1305";
            }
        }

        public static string? WhyUnavailable { get; }

        public static nint Poly1305 { get; }

        private static bool ChaCha20Works()
        {
            var context = Api.NewCipherContext();
            Span<byte> zero = stackalloc byte[ChaChaPolyKeyLength];
            zero.Clear();
            bool works;
            fixed (byte* p = zero) works = context != 0 && Api.EncryptInit(context, ChaCha20(), 0, p, p) == 1;
            if (!works) Api.ClearErrors();
            Api.FreeCipherContext(context);
            return works;
        }
    }
}
