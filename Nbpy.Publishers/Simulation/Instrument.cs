namespace Nbpy.Publishers.Simulation;

/// <summary>A symbol with its usual price and least price step.</summary>
/// <param name="Name">As the venue writes it.</param>
/// <param name="Price">Where its walk starts and to which it leans back.</param>
/// <param name="Tick">Least price step.</param>
/// <param name="SpreadTicks">Usual spread in steps.</param>
/// <param name="Size">Usual size of an order.</param>
public sealed record Instrument(string Name, decimal Price, decimal Tick, int SpreadTicks, decimal Size)
{
    internal static IReadOnlyList<Instrument> Kraken { get; } =
    [
        new("BTC/USD", 64_250.0m, 0.1m, 12, 0.35m),
        new("ETH/USD", 3_120.00m, 0.01m, 14, 4.2m),
        new("XRP/USD", 0.52340m, 0.00001m, 9, 4_000m),
        new("SOL/USD", 148.20m, 0.01m, 3, 60m),
        new("BTC/EUR", 59_100.0m, 0.1m, 18, 0.3m),
    ];

    internal static IReadOnlyList<Instrument> Oanda { get; } =
    [
        new("EUR_USD", 1.08420m, 0.00001m, 14, 1_000_000m),
        new("GBP_USD", 1.27150m, 0.00001m, 18, 1_000_000m),
        new("USD_JPY", 151.420m, 0.001m, 15, 1_000_000m),
        new("AUD_USD", 0.65840m, 0.00001m, 14, 1_000_000m),
        new("USD_CAD", 1.36210m, 0.00001m, 17, 1_000_000m),
    ];
}
