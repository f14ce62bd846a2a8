namespace Nbpy.Dashboard.Telemetry;

/// <summary>How grave a log record is; the numbers are OTLP's, by fours.</summary>
public enum LogSeverity
{
    /// <summary>1 to 4.</summary>
    Trace = 1,

    /// <summary>5 to 8.</summary>
    Debug = 5,

    /// <summary>9 to 12.</summary>
    Information = 9,

    /// <summary>13 to 16.</summary>
    Warning = 13,

    /// <summary>17 to 20.</summary>
    Error = 17,

    /// <summary>21 to 24.</summary>
    Critical = 21,
}

/// <summary>One log record.</summary>
public sealed class LogEntry
{
    /// <summary>Rises by one per record received, of all resources.</summary>
    public required long Id { get; init; }

    /// <summary>Who sent it.</summary>
    public required string Resource { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How grave.</summary>
    public required LogSeverity Severity { get; init; }

    /// <summary>The text.</summary>
    public required string Message { get; init; }

    /// <summary>The logger's category.</summary>
    public required string Category { get; init; }

    /// <summary>The event's name, or nothing.</summary>
    public string EventName { get; init; } = "";

    /// <summary>Hexadecimal, or nothing.</summary>
    public string TraceId { get; init; } = "";

    /// <summary>Hexadecimal, or nothing.</summary>
    public string SpanId { get; init; } = "";

    /// <summary>Everything else.</summary>
    public IReadOnlyList<TelemetryAttribute> Attributes { get; init; } = [];

    /// <summary>Its exception's stack trace or message, if it has one.</summary>
    public string? Exception => Find("exception.stacktrace") ?? Find("exception.message");

    internal int Size => 160 + TelemetryText.Size(Category) + TelemetryText.Size(EventName) + (Message.Length * 2) + (TraceId.Length * 2) + (SpanId.Length * 2) + TelemetryText.Size(Attributes);

    /// <summary>An attribute's value.</summary>
    public string? Find(string key)
    {
        foreach (var a in Attributes)
            if (a.Key == key)
                return a.Value;
        return null;
    }
}
