namespace SshMux.Engine.Cryptography;

/// <summary>
/// The numbers that make a curve (SP 800-186 section 3.2.1), big-endian: y² = x³ + ax + b modulo a prime, and a point that
/// generates a group of an order.
/// </summary>
/// <param name="Prime">The field's prime.</param>
/// <param name="A">The coefficient of x.</param>
/// <param name="B">The constant.</param>
/// <param name="Order">How many points there are, which is a prime, too.</param>
/// <param name="Generator">The base point, uncompressed.</param>
internal sealed record NistCurveNumbers(byte[] Prime, byte[] A, byte[] B, byte[] Order, byte[] Generator);
