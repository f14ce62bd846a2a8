using System.Net;

namespace Nbpy.Dashboard;

/// <summary>Where the pages and the telemetry receiver listen, who may come in, and how much is kept.</summary>
public sealed record DashboardOptions
{
    /// <summary>Port of the pages; 0 takes a free one.</summary>
    public int Port { get; init; } = 18888;

    /// <summary>Port of OTLP over gRPC; 0 takes a free one.</summary>
    public int OtlpGrpcPort { get; init; }

    /// <summary>Port of OTLP over HTTP (protobuf); 0 takes a free one.</summary>
    public int OtlpHttpPort { get; init; }

    /// <summary>The address the pages listen on. The receiver always listens on loopback.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The token that signs in; null makes a new one of 128 random bits. At least 16 characters.</summary>
    public string? Token { get; init; }

    /// <summary>What telemetry senders give in the header <c>x-otlp-api-key</c>; null makes a new one.</summary>
    public string? ApiKey { get; init; }

    /// <summary>True: no sign-in. For tests and for a machine that nobody else uses.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Bounds of what is kept.</summary>
    public TelemetryLimits Limits { get; init; } = new();
}

/// <summary>How much telemetry is kept. At every bound the oldest goes, and is counted.</summary>
public sealed record TelemetryLimits
{
    /// <summary>Log records per resource.</summary>
    public int LogsPerResource { get; init; } = 5_000;

    /// <summary>Spans per resource.</summary>
    public int SpansPerResource { get; init; } = 5_000;

    /// <summary>Bytes of log records and spans in all (an estimate of their size in memory); past it, the resource that holds the
    /// most loses its oldest.</summary>
    public long MaxBytes { get; init; } = 32L << 20;

    /// <summary>Bytes of metrics in all (an estimate of their size in memory): instruments, series, points and exemplars. Past it, the series
    /// that hold the most lose the older half of their points; where nothing is left to lose, what comes is not kept, and counted.</summary>
    public long MaxMetricBytes { get; init; } = 48L << 20;

    /// <summary>Buckets kept of a histogram's point: neighbours are added up until they are no more. A point with more than sixteen times as many
    /// is not kept.</summary>
    public int Buckets { get; init; } = 256;

    /// <summary>Resources that send; those beyond are refused and counted.</summary>
    public int Resources { get; init; } = 300;

    /// <summary>Series (an instrument with one set of attributes) per resource; those beyond are not kept, and counted.</summary>
    public int SeriesPerResource { get; init; } = 500;

    /// <summary>Series in all.</summary>
    public int Series { get; init; } = 10_000;

    /// <summary>Points per series: at one every 10 s, 360 are an hour.</summary>
    public int PointsPerSeries { get; init; } = 360;

    /// <summary>Attributes kept of a record, span, event or link.</summary>
    public int Attributes { get; init; } = 64;

    /// <summary>Characters kept of a text.</summary>
    public int TextLength { get; init; } = 16 * 1024;
}
