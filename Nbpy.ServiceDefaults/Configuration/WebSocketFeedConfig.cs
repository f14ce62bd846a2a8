namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>The <c>options</c> of a <see cref="KnownClasses.GenericWebSocket"/>: how a venue's JSON messages become messages of the
/// topic (docs/venues/websocket.md).</summary>
public sealed record WebSocketFeedConfig
{
    /// <summary><c>subscribe</c>: texts sent after connecting, in order, with the instruments filled in.</summary>
    public IReadOnlyList<string> Subscribe { get; init; } = [];

    /// <summary><c>where</c>: a message counts when each path has one of its values; empty takes all.</summary>
    public IReadOnlyList<PathMatch> Where { get; init; } = [];

    /// <summary><c>heartbeat</c>: messages that are a sign of life and nothing else; empty knows none.</summary>
    public IReadOnlyList<PathMatch> Heartbeat { get; init; } = [];

    /// <summary><c>items</c>: an array in the message, each item of which is a message of the topic; null takes the message as one.</summary>
    public ValuePath? Items { get; init; }

    /// <summary><c>tags</c>: an item that lacks one is no message.</summary>
    public IReadOnlyList<MappedValue> Tags { get; init; } = [];

    /// <summary><c>fields</c>: at least one has to be there.</summary>
    public IReadOnlyList<MappedValue> Fields { get; init; } = [];

    /// <summary><c>timestamp.path</c>; null takes the time of receipt.</summary>
    public ValuePath? Timestamp { get; init; }

    /// <summary><c>timestamp.unit</c>.</summary>
    public TimestampUnit TimestampUnit { get; init; }

    /// <summary><c>ping.message</c>: a text sent every <see cref="PingEvery"/>; null sends none.</summary>
    public string? Ping { get; init; }

    /// <summary><c>ping.every_seconds</c>.</summary>
    public TimeSpan PingEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>stale_seconds</c>: without any message for so long the connection is given up.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>keep</c> is <c>newest</c>: where the publisher is slow a newer message of the same tags replaces the one that waits.
    /// Otherwise (<c>all</c>) the reader waits, and the venue's socket with it.</summary>
    public bool KeepNewest { get; init; }
}

/// <summary>What a path has to be.</summary>
/// <param name="Path">Where in the message.</param>
/// <param name="Values">Any of these texts; numbers and booleans as JSON writes them.</param>
public sealed record PathMatch(ValuePath Path, IReadOnlyList<string> Values);

/// <summary>A tag or a field: a value of the item, or a constant.</summary>
/// <param name="Name">Its name in the message of the topic.</param>
/// <param name="Type">What it has to be.</param>
/// <param name="Path">Where it is in the item; null where <paramref name="Constant"/> is set.</param>
/// <param name="Constant">Always this, as text.</param>
public sealed record MappedValue(string Name, MappedType Type, ValuePath? Path, string? Constant);

/// <summary>What a mapped value has to be.</summary>
public enum MappedType
{
    /// <summary>A JSON number, or a string that is one. Its digits go through a decimal, never through a double, until the message is made.</summary>
    Number,

    /// <summary>A whole number of 64 bits, or a string that is one.</summary>
    Integer,

    /// <summary>true or false, also as a string.</summary>
    Boolean,

    /// <summary>A string; a number keeps the digits that the venue wrote.</summary>
    String,
}

/// <summary>What a timestamp counts, since the Unix epoch, or its format.</summary>
public enum TimestampUnit
{
    S,
    Ms,
    Us,
    Ns,
    Rfc3339,
}
