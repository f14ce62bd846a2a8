namespace Nbpy.Publishers.Simulation;

/// <summary>Prices of several symbols: a common factor and one of their own each, leaning back to the usual price, with a
/// volatility and a spread that breathe. Prices are whole ticks.</summary>
public sealed class PriceWalk(IReadOnlyList<Instrument> instruments, Random random)
{
    private const double StepVolatility = 0.00012;
    private const double LeanBack = 0.0004;
    private const double Common = 0.7;
    private readonly double[] deviation = new double[instruments.Count];
    private double breath = 1;

    /// <summary>The symbols.</summary>
    public IReadOnlyList<Instrument> Instruments => instruments;

    /// <summary>Moves every symbol one step.</summary>
    public void Step()
    {
        breath = Math.Clamp(breath * Math.Exp(0.08 * Normal()) * Math.Pow(breath, -0.03), 0.4, 4);
        var common = Normal();
        for (var i = 0; i < deviation.Length; i++)
        {
            var shock = (Common * common) + (Math.Sqrt(1 - (Common * Common)) * Normal());
            deviation[i] += (StepVolatility * breath * shock) - (LeanBack * deviation[i]);
        }
    }

    /// <summary>Best bid and ask of a symbol now: the bid is at least one tick below the ask.</summary>
    public (decimal Bid, decimal Ask) Quote(int index)
    {
        var instrument = instruments[index];
        var mid = Math.Round(instrument.Price * (decimal)Math.Exp(deviation[index]) / instrument.Tick);
        var spread = Math.Max(1, (int)Math.Round(instrument.SpreadTicks * breath));
        var bid = mid - (spread / 2);
        return (bid * instrument.Tick, (bid + spread) * instrument.Tick);
    }

    /// <summary>A size around the symbol's usual one.</summary>
    public decimal Size(int index) => Math.Round(instruments[index].Size * (decimal)Math.Exp(0.8 * Normal()), 8);

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
