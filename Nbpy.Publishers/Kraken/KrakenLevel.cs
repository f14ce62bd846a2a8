namespace Nbpy.Publishers.Kraken;

/// <summary>A price level as Kraken sent it: both decimals keep the scale of the text, which the checksum needs.</summary>
public readonly record struct KrakenLevel(decimal Price, decimal Quantity);

/// <summary>One of the ten best levels of both sides, after an update that changed it.</summary>
/// <param name="Level">1 is the best.</param>
/// <param name="BidPrice">Null when the book has no bid at this level; the size is then 0.</param>
/// <param name="BidSize">In base currency.</param>
/// <param name="AskPrice">Null when the book has no ask at this level; the size is then 0.</param>
/// <param name="AskSize">In base currency.</param>
public readonly record struct KrakenDepthLevel(
    int Level, decimal? BidPrice, decimal BidSize, decimal? AskPrice, decimal AskSize);
