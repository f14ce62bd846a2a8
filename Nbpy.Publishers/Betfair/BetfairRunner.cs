using System.Text.Json;

namespace Nbpy.Publishers.Betfair;

/// <summary>A selection of a market with its ladders. A ladder is null until the feed has sent it: which ones come
/// depends on the subscription.</summary>
public sealed class BetfairRunner
{
    internal BetfairRunner(long id, decimal handicap)
    {
        Id = id;
        Handicap = handicap;
    }

    public long Id { get; }

    /// <summary>0 but for handicap markets, where one selection runs several times.</summary>
    public decimal Handicap { get; }

    /// <summary>Last traded price.</summary>
    public decimal? LastTradedPrice { get; private set; }

    /// <summary>Matched on this runner (<c>tv</c>).</summary>
    public decimal? TradedVolume { get; private set; }

    /// <summary>Projected starting prices; null when not sent or not a number.</summary>
    public decimal? StartingPriceNear { get; private set; }
    public decimal? StartingPriceFar { get; private set; }

    /// <summary>Best available to back, without virtual bets, by level.</summary>
    public BetfairLadder? BestToBack { get; private set; }
    public BetfairLadder? BestToLay { get; private set; }

    /// <summary>The same as the site displays it: with virtual bets.</summary>
    public BetfairLadder? BestDisplayToBack { get; private set; }
    public BetfairLadder? BestDisplayToLay { get; private set; }

    /// <summary>Everything available to back, highest price first.</summary>
    public BetfairLadder? AvailableToBack { get; private set; }

    /// <summary>Everything available to lay, lowest price first.</summary>
    public BetfairLadder? AvailableToLay { get; private set; }
    public BetfairLadder? Traded { get; private set; }
    public BetfairLadder? StartingPriceBack { get; private set; }
    public BetfairLadder? StartingPriceLay { get; private set; }

    /// <summary>Best price to back: of the first ladder the subscription delivers, real ones before the displayed one.</summary>
    public BetfairPriceSize? BestBack => (BestToBack ?? AvailableToBack ?? BestDisplayToBack)?.Best;

    /// <inheritdoc cref="BestBack"/>
    public BetfairPriceSize? BestLay => (BestToLay ?? AvailableToLay ?? BestDisplayToLay)?.Best;

    /// <summary>True once the feed has sent a ladder of that side: no best price then means nothing is offered.</summary>
    public bool HasBackLadder => (BestToBack ?? AvailableToBack ?? BestDisplayToBack) is not null;

    /// <inheritdoc cref="HasBackLadder"/>
    public bool HasLayLadder => (BestToLay ?? AvailableToLay ?? BestDisplayToLay) is not null;

    internal void Apply(JsonElement change)
    {
        foreach (var member in change.EnumerateObject())
        {
            var value = member.Value;
            // An empty list means a change out of sight of the subscribed levels (only trd is cleared by one); null says nothing.
            if (value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0 && member.Name != "trd"))
                continue;
            switch (member.Name)
            {
                case "ltp": LastTradedPrice = BetfairJson.Number(value) ?? LastTradedPrice; break;
                case "tv": TradedVolume = BetfairJson.Number(value) ?? TradedVolume; break;
                case "spn": StartingPriceNear = BetfairJson.Number(value); break;
                case "spf": StartingPriceFar = BetfairJson.Number(value); break;
                case "batb": ByLevel(BestToBack ??= new(false), value); break;
                case "batl": ByLevel(BestToLay ??= new(false), value); break;
                case "bdatb": ByLevel(BestDisplayToBack ??= new(false), value); break;
                case "bdatl": ByLevel(BestDisplayToLay ??= new(false), value); break;
                case "atb": ByPrice(AvailableToBack ??= new(true), value); break;
                case "atl": ByPrice(AvailableToLay ??= new(false), value); break;
                case "spb": ByPrice(StartingPriceBack ??= new(true), value); break;
                case "spl": ByPrice(StartingPriceLay ??= new(false), value); break;
                case "trd":
                    Traded ??= new(false);
                    if (value.GetArrayLength() == 0)
                        Traded.Clear();
                    ByPrice(Traded, value);
                    break;
                default: break;
            }
        }
    }

    // [[level, price, size], …]; a level without a price or a size is one that is empty.
    private static void ByLevel(BetfairLadder ladder, JsonElement entries)
    {
        foreach (var entry in entries.EnumerateArray())
            ladder.Set(Number(entry[0]), OrNothing(entry[1]), entry[1].ValueKind == JsonValueKind.Null ? 0 : OrNothing(entry[2]));
    }

    // [[price, size], …]
    private static void ByPrice(BetfairLadder ladder, JsonElement entries)
    {
        foreach (var entry in entries.EnumerateArray())
        {
            var price = Number(entry[0]);
            ladder.Set(price, price, OrNothing(entry[1]));
        }
    }

    private static decimal OrNothing(JsonElement value) => value.ValueKind == JsonValueKind.Null ? 0 : Number(value);

    private static decimal Number(JsonElement value) => BetfairJson.Number(value) ?? throw new FormatException("A ladder holds something that is no number.");
}
