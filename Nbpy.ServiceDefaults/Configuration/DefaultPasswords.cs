namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Passwords that everybody knows count as none.</summary>
public static class DefaultPasswords
{
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase) { "", "admin", "admin123", "zmq", "password", "changeme", "secret" };

    /// <summary>True for one of them.</summary>
    public static bool Contains(string password) => Known.Contains(password);
}
