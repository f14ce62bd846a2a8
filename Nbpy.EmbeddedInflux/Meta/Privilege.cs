namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>What a user may do in a database, as GRANT says it.</summary>
public enum Privilege
{
    None,
    Read,
    Write,
    All,
}

/// <summary>The words of InfluxQL for privileges.</summary>
public static class PrivilegeWords
{
    /// <summary>As SHOW GRANTS and error messages show it.</summary>
    public static string Words(this Privilege privilege) => privilege switch
    {
        Privilege.Read => "READ",
        Privilege.Write => "WRITE",
        Privilege.All => "ALL PRIVILEGES",
        _ => "NO PRIVILEGES",
    };

    /// <summary>True when holding <paramref name="held"/> allows what needs <paramref name="needed"/>.</summary>
    public static bool Covers(this Privilege held, Privilege needed) => needed == Privilege.None || held == needed || held == Privilege.All;
}
