namespace SshMux.Engine.Cryptography;

/// <summary>The lengths, in bytes, of what belongs to a curve.</summary>
internal static class NistCurveLengths
{
    /// <summary>
    /// The first byte of a point in the uncompressed form of SEC 1 section 2.3.3; both coordinates follow, of full length.
    /// </summary>
    public const byte Uncompressed = 4;

    /// <summary>The length of a coordinate, and of a number below the curve's order.</summary>
    public static int FieldLength(this NistCurve curve) => ((int)curve + 7) / 8;

    /// <summary>The length of an uncompressed point.</summary>
    public static int PointLength(this NistCurve curve) => 1 + (2 * curve.FieldLength());

    /// <summary>Whether it has the form of an uncompressed point; it may still lie beside the curve.</summary>
    public static bool LooksLikePoint(this NistCurve curve, ReadOnlySpan<byte> point) =>
        point.Length == curve.PointLength() && point[0] == Uncompressed;
}
