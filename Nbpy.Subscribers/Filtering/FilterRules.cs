using System.Globalization;
using System.Text.Json;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Subscribers.Filtering;

/// <summary>What a data filter lets through. All rules must agree.</summary>
public sealed record FilterRules
{
    /// <summary>The key that tells one series from another: <c>pair</c>, <c>instrument</c>.</summary>
    public string Key { get; init; } = "pair";

    /// <summary>Symbols let through; empty lets all through.</summary>
    public IReadOnlySet<string> Symbols { get; init; } = new HashSet<string>();

    /// <summary>The field watched for change; null watches the mid of <c>bid</c> and <c>ask</c>.</summary>
    public string? Field { get; init; }

    /// <summary>Least change since the last message let through, in basis points of its value.</summary>
    public double MinChangeBps { get; init; }

    /// <summary>Least time since the last message let through, by the messages' own times.</summary>
    public TimeSpan MinInterval { get; init; }

    /// <summary>Reads a filter's <c>options</c>: subscribe_to, key, symbols, field, min_change_bps, min_interval_ms.</summary>
    /// <exception cref="ServiceStartException">An option is not what it should be, or is not known.</exception>
    public static FilterRules Parse(PublisherConfig filter)
    {
        var rules = new FilterRules();
        foreach (var (name, value) in filter.Options)
        {
            rules = name switch
            {
                "subscribe_to" => rules,
                "key" => rules with { Key = value },
                "field" => rules with { Field = value },
                "symbols" => rules with { Symbols = ParseSymbols(filter, value) },
                "min_change_bps" => rules with { MinChangeBps = Number(filter, name, value) },
                "min_interval_ms" => rules with { MinInterval = TimeSpan.FromMilliseconds(Number(filter, name, value)) },
                _ => throw new ServiceStartException(
                    $"options.{name} is not an option of a data filter; it takes subscribe_to, key, symbols, field, min_change_bps and min_interval_ms."),
            };
        }

        return rules;
    }

    private static HashSet<string> ParseSymbols(PublisherConfig filter, string value)
    {
        try
        {
            return JsonSerializer.Deserialize<HashSet<string>>(value) ?? [];
        }
        catch (JsonException)
        {
            throw new ServiceStartException($"options.symbols of '{filter.Name}' is {value}; write an array of strings, such as [\"BTC/USD\"].");
        }
    }

    private static double Number(PublisherConfig filter, string name, string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= 0
            ? number
            : throw new ServiceStartException($"options.{name} of '{filter.Name}' is {value}; write a number of at least 0.");
}
