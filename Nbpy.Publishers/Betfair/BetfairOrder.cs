namespace Nbpy.Publishers.Betfair;

/// <summary>An order of the account as the order stream states it; each is sent complete. What Betfair leaves out is null.</summary>
/// <param name="MarketId">For example <c>1.177596575</c>.</param>
/// <param name="SelectionId">The runner's id.</param>
/// <param name="Handicap">0 but for handicap markets.</param>
/// <param name="BetId">Betfair's id of the bet.</param>
/// <param name="Status"><c>E</c>: executable; <c>EC</c>: execution complete, nothing more will happen to it.</param>
/// <param name="Side"><c>B</c>: back; <c>L</c>: lay.</param>
/// <param name="OrderType"><c>L</c>: limit; <c>LOC</c>: limit on close; <c>MOC</c>: market on close.</param>
/// <param name="Price">The price asked for.</param>
/// <param name="Size">The stake asked for.</param>
/// <param name="StartingPriceLiability">Of orders at the starting price.</param>
/// <param name="AveragePrice">Of what is matched.</param>
/// <param name="Matched">Stake matched, and what became of the rest: remaining, lapsed, cancelled, voided.</param>
/// <param name="Remaining">See <paramref name="Matched"/>.</param>
/// <param name="Lapsed">See <paramref name="Matched"/>.</param>
/// <param name="Cancelled">See <paramref name="Matched"/>.</param>
/// <param name="Voided">See <paramref name="Matched"/>.</param>
public sealed record BetfairOrder(
    string MarketId, long SelectionId, decimal Handicap, string BetId, string? Status, string? Side, string? OrderType, decimal? Price,
    decimal? Size, decimal? StartingPriceLiability, decimal? AveragePrice, decimal? Matched, decimal? Remaining, decimal? Lapsed,
    decimal? Cancelled, decimal? Voided)
{
    /// <summary>What tells it apart.</summary>
    public (string MarketId, long SelectionId, decimal Handicap, string BetId) Key => (MarketId, SelectionId, Handicap, BetId);

    /// <summary>True until its end is known.</summary>
    public bool Open => Status == "E";
}
