using System.Net;
using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux;

/// <summary>What the command line says.</summary>
internal sealed record ServerOptions
{
    public required int Port { get; init; }

    public required IPAddress Address { get; init; }

    public required string DataDirectory { get; init; }

    public required string MemoryLimit { get; init; }

    public bool Auth { get; init; }

    /// <summary>Changes nothing by itself: no retention, no continuous queries. For looking at a copy.</summary>
    public bool AtRest { get; init; }

    public bool RetentionAutoCreate { get; init; } = true;

    public TimeSpan? QueryTimeout { get; init; }

    public SelectLimits Limits { get; init; } = new();

    public int MaxRows { get; init; }

    public long MaxBody { get; init; }
}
