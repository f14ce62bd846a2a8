using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>The functions of technical analysis that InfluxDB has since 1.7: a price goes in, an indicator comes out, and what comes
/// out while the indicator still warms up is held back.</summary>
internal static class TechnicalAnalysis
{
    public static bool Has(string name) => name is "exponential_moving_average" or "double_exponential_moving_average"
        or "triple_exponential_moving_average" or "relative_strength_index" or "triple_exponential_derivative"
        or "kaufmans_efficiency_ratio" or "kaufmans_adaptive_moving_average" or "chande_momentum_oscillator";

    /// <param name="call">With parameters that <see cref="CallParameters"/> let pass.</param>
    public static List<Point> Apply(Call call, List<Point> points)
    {
        var indicator = Make(call);
        var hold = call.Args.Count > 2 && Number(call.Args[2]) is var asked and not -1 ? asked : indicator.WarmUp;
        var infinite = call.Name is "triple_exponential_derivative" or "kaufmans_efficiency_ratio" or "kaufmans_adaptive_moving_average";
        var (result, seen) = (new List<Point>(), 0L);
        foreach (var point in points.Where(p => p.Value is not null))
        {
            var value = indicator.Add(Maths.Number(point.Value)!.Value);
            if (++seen > hold && !(infinite && double.IsInfinity(value)))
                result.Add(new Point(point.Time, value));
        }

        return result;
    }

    private static IIndicator Make(Call call)
    {
        var period = (int)Math.Min(Number(call.Args[1]), int.MaxValue - 1);
        var warmUp = call.Args.Count > 3 ? (string)((Literal)call.Args[3]).Value! : null;
        var simple = warmUp == "simple";
        return call.Name switch
        {
            "exponential_moving_average" => new StackedAverage(period, simple, 1),
            "double_exponential_moving_average" => new StackedAverage(period, simple, 2),
            "triple_exponential_moving_average" => new StackedAverage(period, simple, 3),
            "triple_exponential_derivative" => new TripleDerivative(period, simple),
            "relative_strength_index" => new UpsAndDowns(period, simple, (up, down) => 100 - (100 / (1 + up / down))),
            "kaufmans_efficiency_ratio" => new EfficiencyRatio(period),
            "kaufmans_adaptive_moving_average" => new AdaptiveAverage(period),
            _ when warmUp is null or "none" => new MomentumOscillator(period),
            _ => new UpsAndDowns(period, simple, (up, down) => 100.0 * ((up - down) / (up + down))),
        };
    }

    private static long Number(Expr literal) => (long)((Literal)literal).Value!;

    private interface IIndicator
    {
        /// <summary>After so many values the next one counts.</summary>
        int WarmUp { get; }

        double Add(double value);
    }

    /// <summary>An exponential moving average. Until it has seen a period it is a plain average, or one whose weight goes with the
    /// number of values seen.</summary>
    private sealed class ExponentialAverage(int period, bool simple, double weight)
    {
        private int _seen;

        public ExponentialAverage(int period, bool simple) : this(period, simple, 2 / (double)(period + 1L))
        {
        }

        public double Last { get; private set; }

        public bool Warm => _seen == period;

        /// <summary>Whether an average of this one may begin.</summary>
        public bool Feeds => !simple || Warm;

        public double Add(double value)
        {
            if (_seen == 0)
                Last = value;
            else if (Warm)
                Last = (value - Last) * weight + Last;
            else if (simple)
                Last = (Last * _seen + value) / (_seen + 1);
            else
                Last = (value - Last) * (2 / (double)(_seen + 2)) + Last;
            if (!Warm)
                _seen++;
            return Last;
        }
    }

    // Averages of averages; two or three of them make up for what one lags behind.
    private sealed class StackedAverage(int period, bool simple, int depth) : IIndicator
    {
        private readonly ExponentialAverage[] _averages = [.. Enumerable.Range(0, depth).Select(_ => new ExponentialAverage(period, simple))];

        public int WarmUp => simple ? (period - 1) * depth : period - 1;

        public double Add(double value)
        {
            var first = _averages[0].Add(value);
            if (depth == 1)
                return first;
            var second = _averages[0].Feeds ? _averages[1].Add(first) : first;
            if (depth == 2)
                return 2 * first - second;
            var third = _averages[1].Feeds ? _averages[2].Add(second) : second;
            return 3 * first - 3 * second + third;
        }
    }

    // By how many percent the average of an average of an average changes.
    private sealed class TripleDerivative(int period, bool simple) : IIndicator
    {
        private readonly ExponentialAverage[] _averages = [new(period, simple), new(period, simple), new(period, simple)];
        private double _last;

        public int WarmUp => (simple ? (period - 1) * 3 : period - 1) + 1;

        public double Add(double value)
        {
            foreach (var average in _averages)
            {
                value = average.Add(value);
                if (!average.Feeds)
                    break;
            }

            var rate = (value / _last - 1) * 100;
            _last = value;
            return rate;
        }
    }

    // Averages of the steps up and of the steps down, and what is made of the two.
    private sealed class UpsAndDowns(int period, bool simple, Func<double, double, double> combine) : IIndicator
    {
        private readonly ExponentialAverage _up = new(period + 1, simple, 1.0 / period);
        private readonly ExponentialAverage _down = new(period + 1, simple, 1.0 / period);
        private double _last;

        public int WarmUp => period;

        public double Add(double value)
        {
            var up = _up.Add(value > _last ? value - _last : 0);
            var down = _down.Add(value < _last ? _last - value : 0);
            _last = value;
            return combine(up, down);
        }
    }

    // How far the price came, as a part of the way it took.
    private sealed class EfficiencyRatio(int period) : IIndicator
    {
        private readonly (double Price, double Step)[] _ring = new (double, double)[period];
        private double _way;
        private int _newest;
        private int _seen;

        public int WarmUp => period;

        public bool Warm => _seen == period + 1;

        public double Newest => _ring[_newest].Price;

        public double Add(double value)
        {
            var oldest = (_newest + 1) % period;
            var came = Math.Abs(value - _ring[oldest].Price);
            var step = Math.Abs(value - Newest);
            _way -= _ring[oldest].Step;
            _way += step;
            (_ring[oldest], _newest) = ((value, step), oldest);
            if (!Warm)
                _seen++;
            return came == 0 || _way == 0 ? 0 : came / _way;
        }
    }

    // Follows the price the faster the straighter it goes.
    private sealed class AdaptiveAverage(int period) : IIndicator
    {
        // Weights of averages over 30 and over 2 values, 2/31 and 2/3; the difference is rounded once.
        private const double Slow = 2.0 / 31.0;
        private const double FastLessSlow = 56.0 / 93.0;
        private readonly EfficiencyRatio _ratio = new(period);
        private double _last;

        public int WarmUp => period;

        public double Add(double value)
        {
            if (!_ratio.Warm)
                _last = _ratio.Newest;
            var weight = _ratio.Add(value) * FastLessSlow + Slow;
            _last += weight * weight * (value - _last);
            return _last;
        }
    }

    // The sum of the steps up against the sum of the steps down within the last values.
    private sealed class MomentumOscillator(int period) : IIndicator
    {
        private readonly (double Price, double Step)[] _ring = new (double, double)[period - 1];
        private double _up;
        private double _down;
        private int _newest;
        private bool _any;

        public int WarmUp => period - 1;

        public double Add(double value)
        {
            var oldest = _newest + 1 == _ring.Length ? 0 : _newest + 1;
            var step = _any ? value - _ring[_newest].Price : 0;
            _up += Math.Max(step, 0);
            _down -= Math.Min(step, 0);
            var result = _up != 0 || _down != 0 ? 100.0 * ((_up - _down) / (_up + _down)) : 0;
            var gone = _ring[oldest].Step;
            _up -= Math.Max(gone, 0);
            _down += Math.Min(gone, 0);
            (_ring[oldest], _newest, _any) = ((value, step), oldest, true);
            return result;
        }
    }
}
