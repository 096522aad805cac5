using System.Runtime.InteropServices;

namespace SshMux.Engine.Cryptography;

/// <content>AES in counter mode (RFC 4344 section 4).</content>
internal static unsafe partial class LibCrypto
{
    /// <summary>
    /// One direction of AES-CTR: a key stream that runs on from call to call. Encrypting and decrypting are the same.
    /// Not for use by several threads at once.
    /// </summary>
    public sealed class AesCtr : SafeHandle
    {
        /// <summary>Starts a key stream; the key is of 16, 24 or 32 bytes, the initial counter of 16.</summary>
        public AesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initialCounter)
            : base(0, ownsHandle: true)
        {
            DemandAvailable();
            DemandLength(initialCounter, 16);
            var cipher = key.Length switch
            {
                16 => Api.Aes128Ctr(),
                24 => Api.Aes192Ctr(),
                32 => Api.Aes256Ctr(),
                _ => throw new ArgumentException($"AES has no keys of {key.Length} bytes", nameof(key)),
            };
            SetHandle(Check(Api.NewCipherContext(), "EVP_CIPHER_CTX_new"));
            fixed (byte* k = key, iv = initialCounter)
            {
                Check(Api.EncryptInit(handle, cipher, 0, k, iv), "EVP_EncryptInit_ex");
            }
        }

        /// <inheritdoc/>
        public override bool IsInvalid => handle == 0;

        /// <summary>
        /// Encrypts or decrypts <paramref name="data"/> in place with the next bytes of the key stream.
        /// </summary>
        public void Apply(Span<byte> data)
        {
            if (data.IsEmpty) return;
            var held = false;
            try
            {
                DangerousAddRef(ref held);
                int written;
                fixed (byte* p = data)
                {
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
            // Wipes the key schedule as it frees.
            Api.FreeCipherContext(handle);
            return true;
        }
    }
}
