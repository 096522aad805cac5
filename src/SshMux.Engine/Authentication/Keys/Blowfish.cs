using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>
/// Blowfish with the expensive key schedule of bcrypt (Provos and Mazieres, "A Future-Adaptable Password Scheme"): what
/// <see cref="BcryptPbkdf"/> needs, and not for anything else.
/// </summary>
internal sealed class Blowfish : IDisposable
{
    private const int Rounds = 16;
    private const int SubkeyCount = Rounds + 2;
    private const int BoxLength = 256;

    private static readonly Lazy<uint[]> Initial = new(() => PiDigits.FractionWords(SubkeyCount + (4 * BoxLength)));

    // The subkeys, then the four boxes.
    private readonly uint[] _state = GC.AllocateUninitializedArray<uint>(SubkeyCount + (4 * BoxLength), pinned: true);

    /// <summary>Wipes the state.</summary>
    public void Dispose() =>
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_state.AsSpan()));

    /// <summary>Back to the digits of pi.</summary>
    public void Reset() => Initial.Value.CopyTo(_state, 0);

    /// <summary>ExpandKey of bcrypt: the key goes into the subkeys, the salt into every block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Expand(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> key)
    {
        MixIn(key);
        uint left = 0, right = 0;
        var position = 0;
        for (var i = 0; i < _state.Length; i += 2)
        {
            left ^= NextWord(salt, ref position);
            right ^= NextWord(salt, ref position);
            Encrypt(ref left, ref right);
            _state[i] = left;
            _state[i + 1] = right;
        }
    }

    /// <summary>ExpandKey with a salt of zeros: Blowfish's own key schedule.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Expand(ReadOnlySpan<byte> key)
    {
        MixIn(key);
        uint left = 0, right = 0;
        for (var i = 0; i < _state.Length; i += 2)
        {
            Encrypt(ref left, ref right);
            _state[i] = left;
            _state[i + 1] = right;
        }
    }

    /// <summary>Encrypts one block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Encrypt(ref uint left, ref uint right)
    {
        ReadOnlySpan<uint> subkeys = _state.AsSpan(0, SubkeyCount);
        ReadOnlySpan<uint> box0 = _state.AsSpan(SubkeyCount, BoxLength);
        ReadOnlySpan<uint> box1 = _state.AsSpan(SubkeyCount + BoxLength, BoxLength);
        ReadOnlySpan<uint> box2 = _state.AsSpan(SubkeyCount + (2 * BoxLength), BoxLength);
        ReadOnlySpan<uint> box3 = _state.AsSpan(SubkeyCount + (3 * BoxLength), BoxLength);
        var (l, r) = (left, right);
        for (var i = 0; i < Rounds; i++)
        {
            l ^= subkeys[i];
            r ^= ((box0[(int)(l >> 24)] + box1[(byte)(l >> 16)]) ^ box2[(byte)(l >> 8)]) + box3[(byte)l];
            (l, r) = (r, l);
        }

        (left, right) = (r ^ subkeys[Rounds + 1], l ^ subkeys[Rounds]);
    }

    private static uint NextWord(ReadOnlySpan<byte> bytes, ref int position)
    {
        // The lengths used here are multiples of four, so that a word never wraps around.
        var word = BinaryPrimitives.ReadUInt32BigEndian(bytes[position..]);
        position = (position + 4) % bytes.Length;
        return word;
    }

    private void MixIn(ReadOnlySpan<byte> key)
    {
        var position = 0;
        for (var i = 0; i < SubkeyCount; i++) _state[i] ^= NextWord(key, ref position);
    }
}
