namespace Nbpy.ServiceDefaults;

/// <summary>Names of the counters that the closing report adds up.</summary>
public static class CounterNames
{
    public const string Published = "published";

    /// <summary>Messages whose time nobody remembers to be free: at most so many were stored onto another's point.</summary>
    public const string UncheckedTimes = "unchecked_times";
    public const string Received = "received";
    public const string Stored = "stored";
    public const string DeadLettered = "dead_lettered";
    public const string Pending = "pending";
    public const string Missing = "missing";
    public const string Late = "late";
    public const string Malformed = "malformed";
    public const string Failed = "failed";
    public const string Foreign = "foreign";
    public const string NonFinite = "non_finite";
    public const string Unstorable = "unstorable";
    public const string Filtered = "filtered";
    public const string Duplicates = "duplicates";
    public const string Repaired = "repaired";
    public const string Lost = "lost";
    public const string Spooled = "spooled";

    /// <summary>Messages of an earlier run of the system that this one took over: found in the spool, or fetched from a publisher's ring.</summary>
    public const string EarlierRuns = "earlier_runs";
    public const string SpooledBytes = "spool_bytes";
}
