namespace Nbpy.Dashboard.Telemetry;

/// <summary>A span's part in a conversation.</summary>
public enum SpanRole
{
    /// <summary>Work inside a program.</summary>
    Internal,

    /// <summary>Answers a request.</summary>
    Server,

    /// <summary>Makes a request.</summary>
    Client,

    /// <summary>Sends a message.</summary>
    Producer,

    /// <summary>Handles a message.</summary>
    Consumer,
}

/// <summary>A moment inside a span.</summary>
/// <param name="Time">When.</param>
/// <param name="Name">What.</param>
/// <param name="Attributes">Details.</param>
public sealed record SpanMoment(DateTimeOffset Time, string Name, IReadOnlyList<TelemetryAttribute> Attributes);

/// <summary>A reference to a span of this or another trace.</summary>
/// <param name="TraceId">Hexadecimal.</param>
/// <param name="SpanId">Hexadecimal.</param>
/// <param name="Attributes">Details.</param>
public sealed record SpanLink(string TraceId, string SpanId, IReadOnlyList<TelemetryAttribute> Attributes);

/// <summary>One span.</summary>
public sealed class SpanEntry
{
    /// <summary>Who sent it.</summary>
    public required string Resource { get; init; }

    /// <summary>Hexadecimal, 32 digits.</summary>
    public required string TraceId { get; init; }

    /// <summary>Hexadecimal, 16 digits.</summary>
    public required string SpanId { get; init; }

    /// <summary>Hexadecimal, or nothing at a root.</summary>
    public string ParentId { get; init; } = "";

    /// <summary>What was done.</summary>
    public required string Name { get; init; }

    /// <summary>The source that made it.</summary>
    public string Scope { get; init; } = "";

    /// <summary>Its part.</summary>
    public SpanRole Role { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>True: it ended in an error.</summary>
    public bool IsError { get; init; }

    /// <summary>The error's description.</summary>
    public string StatusMessage { get; init; } = "";

    /// <summary>Details.</summary>
    public IReadOnlyList<TelemetryAttribute> Attributes { get; init; } = [];

    /// <summary>Moments inside.</summary>
    public IReadOnlyList<SpanMoment> Events { get; init; } = [];

    /// <summary>References.</summary>
    public IReadOnlyList<SpanLink> Links { get; init; } = [];

    internal int Size => 360 + TelemetryText.Size(Scope) + (Name.Length * 2) + (StatusMessage.Length * 2) + TelemetryText.Size(Attributes)
        + Events.Sum(e => 80 + TelemetryText.Size(e.Name) + TelemetryText.Size(e.Attributes)) + Links.Sum(l => 160 + TelemetryText.Size(l.Attributes));
}
