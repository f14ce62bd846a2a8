namespace Nbpy.Publishers.Kraken;

/// <summary>Which symbols of a channel are asked for, acknowledged, refused or being asked for anew: policy without I/O.</summary>
/// <param name="symbols">Asked for at the session's start.</param>
/// <param name="patience">How long an acknowledgement may take.</param>
/// <param name="time">The clock.</param>
internal sealed class KrakenSubscriptions(IReadOnlyList<string> symbols, TimeSpan patience, TimeProvider time)
{
    private readonly Dictionary<string, long> pending = symbols.ToDictionary(s => s, _ => time.GetTimestamp(), StringComparer.Ordinal);
    private readonly HashSet<string> resyncing = new(StringComparer.Ordinal);

    /// <summary>Symbols that the venue took.</summary>
    public HashSet<string> Active { get; } = new(StringComparer.Ordinal);

    /// <summary>Symbols that it refused, with its words.</summary>
    public Dictionary<string, string> Refused { get; } = new(StringComparer.Ordinal);

    /// <summary>True when nothing is left that could yield data.</summary>
    public bool IsHopeless => Active.Count == 0 && pending.Count == 0 && Refused.Count > 0;

    /// <summary>Notes an answer to a subscribe.</summary>
    /// <returns>True when it is a new refusal.</returns>
    public bool Answered(KrakenReply reply)
    {
        if (reply.Symbol is not { } symbol)
            return false;
        pending.Remove(symbol);
        if (reply.Success)
        {
            Active.Add(symbol);
            return false;
        }

        if (reply.Error?.StartsWith("Already subscribed", StringComparison.OrdinalIgnoreCase) == true)
            return false;
        Active.Remove(symbol);
        return Refused.TryAdd(symbol, reply.Error ?? "refused");
    }

    /// <summary>A bare error that names no symbol: whatever is pending has failed.</summary>
    public IReadOnlyList<string> FailPending(string error)
    {
        List<string> failed = [.. pending.Keys];
        foreach (var symbol in failed)
            Answered(new KrakenReply("subscribe", false, error, symbol, null, null, null));
        return failed;
    }

    /// <summary>Symbols whose acknowledgement never came; each is told of once.</summary>
    public IReadOnlyList<string> Overdue()
    {
        List<string> late = [.. pending.Where(p => time.GetElapsedTime(p.Value) > patience).Select(p => p.Key)];
        foreach (var symbol in late)
            Answered(new KrakenReply("subscribe", false, $"no acknowledgement within {patience.TotalSeconds:0.##} s", symbol, null, null, null));
        return late;
    }

    /// <summary>A book has become invalid.</summary>
    /// <returns>True the first time: subscribe anew once, not once per bad update.</returns>
    public bool BeginResync(string symbol)
    {
        if (!resyncing.Add(symbol))
            return false;
        pending[symbol] = time.GetTimestamp();
        return true;
    }

    /// <summary>A snapshot has come.</summary>
    public void EndResync(string symbol) => resyncing.Remove(symbol);
}
