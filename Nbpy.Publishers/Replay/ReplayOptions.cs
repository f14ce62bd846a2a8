using System.Globalization;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Replay;

/// <summary>How a recording is played: <c>options</c> of a publisher whose source is replay.</summary>
public sealed record ReplayOptions
{
    private const string DurationForm = "a duration such as 500ms, 2s or 1m";
    private const string OffsetForm = DurationForm + ", or the number of a message such as #1000";
    private static readonly TimeSpan Longest = TimeSpan.FromDays(10 * 365);

    /// <summary><c>file</c> (or <c>replay_file</c>): the recording; null takes the bundled one of the publisher's class.</summary>
    public string? File { get; init; }

    /// <summary><c>speed</c>: 1 is the original spacing, 2 twice as fast; 0 (or <c>max</c>) is flat out.</summary>
    public double Speed { get; init; } = 1;

    /// <summary><c>loop</c>: start again at the end, with fresh decoders. Default true.</summary>
    public bool Loop { get; init; } = true;

    /// <summary><c>offset</c>: how much of the recording (in its own time) is decoded but not published, in every loop.</summary>
    public TimeSpan Offset { get; init; }

    /// <summary><c>offset</c> as <c>#1000</c>: the number of the first message of the venue that is published, in every loop; those before
    /// it are decoded. Null where the offset is a duration.</summary>
    public long? FirstMessage { get; init; }

    /// <summary><c>max_gap</c>: longer silences of the recording are shortened to this, before the speed applies. Default: 1 or 2 s for
    /// the bundled recordings, none for a file.</summary>
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
        var file = FileOf(options);
        var offset = options.GetValueOrDefault("offset");
        var first = FirstOf(offset);
        return new ReplayOptions
        {
            File = file,
            Speed = SpeedOf(options.GetValueOrDefault("speed")),
            Loop = options.GetValueOrDefault("loop") switch
            {
                null => true,
                var text when bool.TryParse(text, out var loop) => loop,
                var text => throw Wrong("loop", text, "true or false"),
            },
            Offset = first is null ? DurationOf("offset", offset, TimeSpan.Zero) : TimeSpan.Zero,
            FirstMessage = first,
            MaxGap = DurationOf("max_gap", options.GetValueOrDefault("max_gap"), file is null ? defaultMaxGap : Longest),
            Depth = options.GetValueOrDefault("depth") switch
            {
                null => null,
                var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var depth) && depth > 0 => depth,
                var text => throw Wrong("depth", text, "a number of levels"),
            },
        };
    }

    /// <summary>The name under which the recording is configured.</summary>
    internal static string FileOption(PublisherConfig config) => config.Options.ContainsKey("file") ? "file" : "replay_file";

    private static string? FileOf(IReadOnlyDictionary<string, string> options)
    {
        var (file, older) = (options.GetValueOrDefault("file"), options.GetValueOrDefault("replay_file"));
        if (file is { Length: > 0 } && older is { Length: > 0 } && file != older)
            throw new ReplayException($"options.file is '{file}' and options.replay_file is '{older}'; keep one of the two.");
        return file is { Length: > 0 } ? file : older is { Length: > 0 } ? older : null;
    }

    private static long? FirstOf(string? offset) => offset is not ['#', .. var number] ? null
        : long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first > 0 ? first
        : throw Wrong("offset", offset, OffsetForm);

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
            && value >= 0 && value * unit <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(value * unit)
            : throw Wrong(name, text, name == "offset" ? OffsetForm : DurationForm);
    }

    private static ReplayException Wrong(string name, string value, string expected) =>
        new($"options.{name} is '{value}'; it has to be {expected}.");
}
