using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>Passwords as they are kept: <c>pbkdf2-sha256$ITERATIONS$SALT$HASH</c>, salt and hash in base 64.</summary>
internal static class PasswordHash
{
    private const string Scheme = "pbkdf2-sha256";
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    /// <summary>OWASP's recommendation for PBKDF2 with HMAC-SHA256 (Password Storage Cheat Sheet, 2023).</summary>
    private const int Iterations = 600_000;

    public static string Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Scheme}${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, Iterations))}");
    }

    public static bool Matches(string hash, string password)
    {
        var parts = hash.Split('$');
        if (parts.Length != 4 || parts[0] != Scheme || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var iterations) || iterations < 1)
            return false;
        return CryptographicOperations.FixedTimeEquals(
            Derive(password, Convert.FromBase64String(parts[2]), iterations), Convert.FromBase64String(parts[3]));
    }

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, HashBytes);
}
