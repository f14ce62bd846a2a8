using System.Globalization;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>What the values of a publisher's <c>options</c> must be, as far as that can be told before it runs. Names are not checked here: a class of
/// one's own may take others; nor whether a file is there, which may come later and on another machine.</summary>
internal static class OptionChecks
{
    private static readonly string[] FilterOptions = ["subscribe_to", "key", "symbols", "field", "min_change_bps", "min_interval_ms"];

    /// <summary>The errors: an option's name, and what is wrong with its value.</summary>
    public static IEnumerable<(string Option, string Message)> Of(PublisherConfig publisher)
    {
        if (publisher.Project is not null)
            yield break;
        foreach (var (name, value) in publisher.Options)
        {
            if (publisher.Class == KnownClasses.DataFilter && !FilterOptions.Contains(name))
                yield return (name, $"A data filter has no option '{name}'{Nearest.Hint(name, FilterOptions)}; it takes {string.Join(", ", FilterOptions)}.");
            else if (Expected(name, value) is { } expected)
                yield return (name, $"'{value}' has to be {expected}.");
        }
    }

    /// <summary>What the value has to be; null when it is, or when nothing is known of the option.</summary>
    private static string? Expected(string name, string value) => name switch
    {
        "seed" => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "a whole number",
        "speed" => value == "max" || IsNumber(value, 0) ? null : "a factor such as 1 or 10, or max",
        "loop" => bool.TryParse(value, out _) ? null : "true or false",
        "depth" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var depth) && depth > 0 ? null : "a number of levels",
        "min_change_bps" or "min_interval_ms" => IsNumber(value, 0) ? null : "a number of at least 0",
        "timing_scale" => IsNumber(value, double.Epsilon) ? null : "a number above 0",
        "queue_capacity" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var capacity) && capacity is >= 1 and <= 1_000_000
            ? null : "a number of messages from 1 to 1000000",
        "url" or "private_url" or "rest_url" or "login_url" => value.Length == 0 || (Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Host.Length > 0)
            ? null : "an address with its scheme, such as wss://host/path",
        _ => null,
    };

    private static bool IsNumber(string text, double least) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value >= least;
}
