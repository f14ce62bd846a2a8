using Nbpy.Messaging;

namespace Nbpy.Subscribers.Filtering;

/// <summary>Decides message by message; remembers, per symbol, the last one let through. Not thread-safe.</summary>
/// <param name="rules">The rules.</param>
/// <param name="memory">What was remembered before a restart; null: nothing.</param>
public sealed class MessageFilter(FilterRules rules, IReadOnlyDictionary<string, FilterMemory>? memory = null)
{
    /// <summary>Symbols remembered at most; beyond it a new symbol is let through unremembered.</summary>
    public const int MaxSymbols = 100_000;

    /// <summary>Symbols of which the memory outlives a restart at most.</summary>
    public const int MaxKept = 10_000;

    private readonly Dictionary<string, FilterMemory> last = new(memory ?? new Dictionary<string, FilterMemory>(), StringComparer.Ordinal);

    /// <summary>A copy of what is remembered; null where that is too much to be kept (after a restart the first message of a symbol then passes).</summary>
    public IReadOnlyDictionary<string, FilterMemory>? Memory() => last.Count <= MaxKept ? new Dictionary<string, FilterMemory>(last, StringComparer.Ordinal) : null;

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
            last[symbol] = new FilterMemory(value is { } v && double.IsFinite(v) ? v : null, timestamp);
        return true;
    }

    private bool IsNews(FilterMemory before, double? value, long timestamp)
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
}
