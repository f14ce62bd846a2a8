using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>holt_winters() and holt_winters_with_fit(): the damped method of Holt and Winters with multiplicative seasons, its
/// parameters fitted by <see cref="Simplex"/> from the guesses that InfluxDB starts with.</summary>
internal sealed class HoltWinters
{
    private const int Level = 4;
    private const int Trend = 5;
    private const int Seasons = 6;
    private const double Tolerance = 1e-4;
    private static readonly double[] Guesses = [0.3, 0.3 + 0.4];
    private readonly double[] _values;
    private readonly int _season;

    // Without a season (0 or 1) there is one factor of 1.
    private HoltWinters(double[] values, int season) => (_values, _season) = (values, season < 2 ? 0 : season);

    /// <param name="call">With parameters that <see cref="CallParameters"/> let pass.</param>
    /// <param name="interval">Between points, in nanoseconds.</param>
    public static List<Point> Apply(Call call, List<Point> points, long interval)
    {
        var (ahead, season) = ((int)Number(call.Args[1]), (int)Number(call.Args[2]));
        if (ahead > Filler.MaxBuckets)
            throw new StatementException($"max-select-buckets limit exceeded: ({ahead}/{Filler.MaxBuckets})");
        var known = points.Where(p => p.Value is not null).Select(p => (p.Time, Value: Maths.Number(p.Value)!.Value)).ToList();
        if (known.Count < 2 || (season >= 2 && known.Count < season) || Round(known[^1].Time, interval) - Round(known[0].Time, interval) < interval)
            return [];
        var model = new HoltWinters(Regular(known, interval), season);
        var forecast = model.Forecast(ahead, model.Fit());
        var (start, from) = call.Name == "holt_winters" ? (known[^1].Time + interval, model._values.Length) : (known[0].Time, 0);
        var result = new List<Point>();
        for (var i = from; i < forecast.Length; i++)
        {
            if (!double.IsNaN(forecast[i]))
                result.Add(new Point(start + interval * (i - from), forecast[i]));
        }

        return result;
    }

    private static long Number(Expr literal) => Math.Min((long)((Literal)literal).Value!, int.MaxValue);

    private static long Round(long time, long interval) =>
        (time / interval + (time % interval > interval / 2 ? 1 : 0)) * interval;

    // A value per interval; NaN where there is none.
    private static double[] Regular(List<(long Time, double Value)> known, long interval)
    {
        var values = new List<double> { known[0].Value };
        var time = Round(known[0].Time, interval);
        foreach (var (at, value) in known.Skip(1))
        {
            var rounded = Round(at, interval);
            if (rounded <= time)
                continue;
            for (time += interval; time != rounded; time += interval)
                values.Add(double.NaN);
            values.Add(value);
        }

        return [.. values];
    }

    private double[] Fit()
    {
        double[]? best = null;
        var least = double.PositiveInfinity;
        var start = Start();
        foreach (var alpha in Guesses)
        {
            foreach (var beta in Guesses)
            {
                foreach (var gamma in Guesses)
                {
                    foreach (var phi in Guesses)
                    {
                        (start[0], start[1], start[2], start[3]) = (alpha, beta, gamma, phi);
                        var (error, parameters) = Simplex.Minimize(Error, start, Tolerance);
                        if (best is null || error < least)
                            (least, best) = (error, parameters);
                    }
                }
            }
        }

        return best!;
    }

    // Level, trend and seasons to begin with.
    private double[] Start()
    {
        var start = new double[Seasons + _season];
        if (_season == 0)
        {
            start[Level] = 0.5 * _values[0];
            start[Trend] = double.IsNaN(_values[1]) ? 0 : 0.5 * (_values[1] - _values[0]);
            return start;
        }

        for (var i = 0; i < _season; i++)
        {
            if (i < _values.Length && !double.IsNaN(_values[i]))
                start[Level] += 1 / (double)_season * _values[i];
            if (_season + i < _values.Length && !double.IsNaN(_values[i]) && !double.IsNaN(_values[_season + i]))
                start[Trend] += 1 / (double)((long)_season * _season) * (_values[_season + i] - _values[i]);
        }

        for (var i = 0; i < _season; i++)
            start[Seasons + i] = i < _values.Length && !double.IsNaN(_values[i]) ? _values[i] / start[Level] : 0;
        return start;
    }

    // The sum of squares of what the model misses.
    private double Error(double[] parameters)
    {
        var (sum, forecast) = (0.0, Forecast(0, parameters));
        for (var i = 0; i < forecast.Length; i++)
        {
            if (double.IsNaN(_values[i]))
                continue;
            if (double.IsNaN(forecast[i]))
                return double.PositiveInfinity;
            sum += (forecast[i] - _values[i]) * (forecast[i] - _values[i]);
        }

        return sum;
    }

    // The seasons in the parameters are moved on with every call, as InfluxDB does: what the optimizer finds depends on it.
    private double[] Forecast(int ahead, double[] parameters)
    {
        for (var i = 0; i < Level; i++)
            parameters[i] = Math.Clamp(parameters[i], 0, 1);
        var (alpha, beta, gamma, phi) = (parameters[0], parameters[1], parameters[2], parameters[3]);
        var (level, trend, value, damping) = (parameters[Level], parameters[Trend], _values[0], phi);
        var seasons = parameters.AsSpan(Seasons);
        var forecast = new double[_values.Length + ahead];
        forecast[0] = value;
        for (var t = 1; t < forecast.Length; t++)
        {
            // The ring's place of the season before, and of the one that is forecast.
            var (now, next) = (1.0, 1.0);
            var place = 0;
            if (_season > 0)
            {
                var offset = _season - 1 + (t - 1);
                place = (t + offset) % _season;
                now = seasons[(t - _season + offset) % _season];
                next = seasons[(t - _season + t % _season + offset) % _season];
            }

            var expected = level + phi * trend;
            var newLevel = alpha * (value / now) + (1 - alpha) * expected;
            var newTrend = beta * (newLevel - level) + (1 - beta) * phi * trend;
            var newSeason = gamma * (value / expected) + (1 - gamma) * now;
            value = (newLevel + damping * newTrend) * next;
            (level, trend) = (newLevel, newTrend);
            damping += Power(phi, t);
            if (_season > 0)
                seasons[place] = newSeason;
            forecast[t] = value;
        }

        return forecast;
    }

    // By squares of the fraction apart from the exponent, as Go computes it: the platform's pow differs in the last bit, and the
    // optimizer makes much of a bit.
    private static double Power(double x, int n)
    {
        if (x is 0 or 1 || n == 1)
            return x;
        var exponent = Math.ILogB(x) + 1;
        var fraction = Math.ScaleB(x, -exponent);
        var (result, scale) = (1.0, 0L);
        for (var (i, power) = (n, (long)exponent); i != 0; i >>= 1)
        {
            if ((i & 1) == 1)
            {
                result *= fraction;
                scale += power;
            }

            fraction *= fraction;
            power <<= 1;
            if (fraction < 0.5)
            {
                fraction += fraction;
                power--;
            }
        }

        return Math.ScaleB(result, (int)Math.Max(scale, -10_000));
    }
}
