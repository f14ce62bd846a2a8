namespace Nbpy.Influx.Spooling;

/// <summary>What a spool does when it is full.</summary>
public enum SpoolFullPolicy
{
    /// <summary>It takes nothing more; the subscriber stops receiving, and the publisher's ring holds what it can.</summary>
    Block,

    /// <summary>It drops its oldest segment, counted and named.</summary>
    DropOldest,
}

/// <summary>A spool's place and bounds.</summary>
public sealed record SpoolOptions
{
    /// <summary>The spool's own folder; made when it is not there.</summary>
    public required string Directory { get; init; }

    /// <summary>Bytes on disk. Default 1 GiB.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of one segment; a drained segment is deleted. Default 16 MiB.</summary>
    public int SegmentBytes { get; init; } = 16 << 20;

    /// <summary>What happens at <see cref="MaxBytes"/>.</summary>
    public SpoolFullPolicy WhenFull { get; init; }

    /// <summary>Opens a segment for appending; replaceable in tests of a full or broken disk.</summary>
    internal Func<string, Stream>? OpenForAppend { get; init; }
}
