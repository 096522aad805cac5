using FsCheck;
using FsCheck.Fluent;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>Generators of words and lists of them.</summary>
internal static class Words
{
    /// <summary>One of these, each of them a value of one word.</summary>
    public static Gen<string[]> One(params string[] words) => One(Gen.Elements(words));

    public static Gen<string[]> One(Gen<string> word) => word.Select(text => new[] { text });

    /// <summary>One of these, each of them a value whose words stand between spaces.</summary>
    public static Gen<string[]> Split(params string[] values) =>
        Gen.Elements(values).Select(value => value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>From one to <paramref name="most"/> words.</summary>
    public static Gen<string[]> Some(int most, params string[] words) => Some(most, Gen.Elements(words));

    public static Gen<string[]> Some(int most, Gen<string> word) =>
        from count in Gen.Choose(1, most)
        from words in word.ArrayOf(count)
        select words;

    /// <summary>From one to <paramref name="most"/> words with commas between them.</summary>
    public static Gen<string> List(int most, params string[] words) =>
        Some(most, words).Select(list => string.Join(',', list));

    /// <summary>No value at all.</summary>
    public static Gen<string[]> None { get; } = Gen.Constant(Array.Empty<string>());

    /// <summary>Something of the first in some per cent of all cases, else of the second.</summary>
    public static Gen<T> Rarely<T>(int perCent, Gen<T> rare, Gen<T> usual) =>
        Gen.Choose(0, 99).SelectMany(number => number < perCent ? rare : usual);

    /// <summary>The letters of a word in another case, now and then.</summary>
    public static Gen<string> InAnyCase(string word) => Rarely(
        15, Gen.Elements(word.ToUpperInvariant(), word.ToLowerInvariant()), Gen.Constant(word));
}
