using System.Globalization;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Replay;

/// <summary>How a recording is played: <c>options</c> of a publisher whose source is replay.</summary>
public sealed record ReplayOptions
{
    /// <summary><c>replay_file</c>: the recording; null takes the bundled one of the publisher's class.</summary>
    public string? File { get; init; }

    /// <summary><c>speed</c>: 1 is the original spacing, 2 twice as fast; 0 (or <c>max</c>) is flat out.</summary>
    public double Speed { get; init; } = 1;

    /// <summary><c>loop</c>: start again at the end, with fresh decoders. Default true.</summary>
    public bool Loop { get; init; } = true;

    /// <summary><c>offset</c>: how much of the recording (in its own time) is decoded but not published, in every loop.</summary>
    public TimeSpan Offset { get; init; }

    /// <summary><c>max_gap</c>: longer silences of the recording are shortened to this, before the speed applies.</summary>
    public TimeSpan MaxGap { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary><c>depth</c>: the depth a Kraken book was recorded at; null finds out.</summary>
    public int? Depth { get; init; }

    /// <summary>True when nothing waits.</summary>
    public bool FlatOut => Speed == 0;

    /// <summary>Reads a publisher's options.</summary>
    /// <param name="config">The publisher.</param>
    /// <param name="defaultMaxGap">Of the publisher's recording.</param>
    /// <exception cref="ReplayException">An option has a value that means nothing.</exception>
    public static ReplayOptions From(PublisherConfig config, TimeSpan defaultMaxGap)
    {
        var options = config.Options;
        return new ReplayOptions
        {
            File = options.GetValueOrDefault("replay_file") is { Length: > 0 } file ? file : null,
            Speed = SpeedOf(options.GetValueOrDefault("speed")),
            Loop = options.GetValueOrDefault("loop") switch
            {
                null => true,
                var text when bool.TryParse(text, out var loop) => loop,
                var text => throw Wrong("loop", text, "true or false"),
            },
            Offset = DurationOf("offset", options.GetValueOrDefault("offset"), TimeSpan.Zero),
            MaxGap = DurationOf("max_gap", options.GetValueOrDefault("max_gap"), defaultMaxGap),
            Depth = options.GetValueOrDefault("depth") switch
            {
                null => null,
                var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var depth) && depth > 0 => depth,
                var text => throw Wrong("depth", text, "a number of levels"),
            },
        };
    }

    private static double SpeedOf(string? text)
    {
        if (text is null)
            return 1;
        if (text == "max")
            return 0;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var speed)
            && speed >= 0 && double.IsFinite(speed)
            ? speed : throw Wrong("speed", text, "a factor such as 1 or 10, or max");
    }

    private static TimeSpan DurationOf(string name, string? text, TimeSpan otherwise)
    {
        if (text is null)
            return otherwise;
        var (number, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith('s') => (text[..^1], 1.0),
            _ when text.EndsWith('m') => (text[..^1], 60.0),
            _ when text.EndsWith('h') => (text[..^1], 3600.0),
            _ => (text, 1.0),
        };
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value >= 0 && value * unit <= 10 * 365 * 86_400.0
            ? TimeSpan.FromSeconds(value * unit)
            : throw Wrong(name, text, "a duration such as 500ms, 2s or 1m");
    }

    private static ReplayException Wrong(string name, string value, string expected) =>
        new($"options.{name} is '{value}'; it has to be {expected}.");
}
