namespace Nbpy.Publishers.Kraken;

/// <summary>Tells history from trades that were missed: what a book's first snapshot holds happened before anybody listened, what a
/// later one holds and was never seen did not.</summary>
internal sealed class KrakenTradeHistory
{
    private readonly Dictionary<string, long> begins = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> joining = new(StringComparer.Ordinal);

    /// <summary>True for a trade that is not to be published as new.</summary>
    public bool Contains(in KrakenTrade trade)
    {
        if (begins.TryGetValue(trade.Symbol, out var first))
            return trade.History && trade.TradeId < first;
        if (!trade.History)
        {
            begins[trade.Symbol] = trade.TradeId;
            return false;
        }

        joining[trade.Symbol] = Math.Max(trade.TradeId, joining.GetValueOrDefault(trade.Symbol, long.MinValue));
        return true;
    }

    /// <summary>A frame has been told: the first snapshot of its books ends with it.</summary>
    public void EndFrame()
    {
        foreach (var (symbol, last) in joining)
            begins[symbol] = last + 1;
        joining.Clear();
    }
}
