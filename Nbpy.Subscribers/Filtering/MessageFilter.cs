using Nbpy.Messaging;

namespace Nbpy.Subscribers.Filtering;

/// <summary>Decides message by message; remembers, per symbol, the last one let through. Not thread-safe.</summary>
public sealed class MessageFilter(FilterRules rules)
{
    /// <summary>Symbols remembered at most; beyond it a new symbol is let through unremembered.</summary>
    public const int MaxSymbols = 100_000;

    private readonly Dictionary<string, Last> last = new(StringComparer.Ordinal);

    /// <summary>True when the message goes on.</summary>
    public bool Passes(IReadOnlyDictionary<string, object?> message)
    {
        var symbol = message.GetValueOrDefault(rules.Key) as string ?? "";
        if (rules.Symbols.Count > 0 && !rules.Symbols.Contains(symbol))
            return false;
        var value = Value(message);
        var timestamp = message.GetValueOrDefault(MessageKeys.Timestamp) as long? ?? 0;
        if (last.TryGetValue(symbol, out var before) && !IsNews(before, value, timestamp))
            return false;
        if (last.Count < MaxSymbols || last.ContainsKey(symbol))
            last[symbol] = new Last(value, timestamp);
        return true;
    }

    private bool IsNews(Last before, double? value, long timestamp)
    {
        if (timestamp - before.TimestampNs < rules.MinInterval.Ticks * 100)
            return false;
        if (rules.MinChangeBps <= 0 || value is null || before.Value is null or 0)
            return true;
        return Math.Abs(value.Value - before.Value.Value) / Math.Abs(before.Value.Value) * 10_000 >= rules.MinChangeBps;
    }

    private double? Value(IReadOnlyDictionary<string, object?> message)
    {
        if (rules.Field is not null)
            return Number(message, rules.Field);
        return Number(message, "bid") is { } bid && Number(message, "ask") is { } ask ? (bid + ask) / 2 : null;
    }

    private static double? Number(IReadOnlyDictionary<string, object?> message, string name) => message.GetValueOrDefault(name) switch
    {
        double v => v,
        long v => v,
        _ => null,
    };

    private readonly record struct Last(double? Value, long TimestampNs);
}
