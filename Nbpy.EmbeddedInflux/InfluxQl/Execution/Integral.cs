namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>integral(): the area under the points, by trapezoids. Where an interval ends between two points the value there lies on the
/// line between them.</summary>
/// <param name="unit">Nanoseconds that count as one.</param>
/// <param name="time">Of the answer when there are no intervals.</param>
/// <param name="descending">The points come last first; the areas are negative then, as InfluxDB computes them.</param>
internal sealed class Integral(long unit, Buckets? buckets, long time, bool descending)
{
    private readonly List<Point> _result = [];
    private (long Time, double Value)? _previous;
    private (long Start, long End) _window = (time, 0);
    private double _sum;

    /// <param name="points">In the order of the query.</param>
    public static List<Point> Of(List<Point> points, long unit, Buckets? buckets, long time, bool descending)
    {
        var integral = new Integral(unit, buckets, time, descending);
        foreach (var point in points)
            integral.Add(point);
        // A point at the very begin of an interval has no area.
        if (integral._previous is { } last && (buckets is null || last.Time != integral._window.Start))
            integral.End();
        return integral._result;
    }

    private void Add(Point point)
    {
        var value = Maths.Number(point.Value)!.Value;
        if (_previous is not { } previous)
            _window = Window(point.Time);
        else if (previous.Time != point.Time)
        {
            var to = value;
            if (buckets is not null && (descending ? point.Time <= _window.End : point.Time >= _window.End))
            {
                if (previous.Time != _window.End)
                {
                    var atEnd = (value - previous.Value) / (point.Time - previous.Time) * (_window.End - previous.Time) + previous.Value;
                    Grow(previous, (_window.End, atEnd));
                    // For integers InfluxDB goes on with the value at the end in the place of the other one.
                    if (point.Value is long)
                        (previous.Time, to) = (_window.End, atEnd);
                    else
                        previous = (_window.End, atEnd);
                }

                End();
                _window = Window(point.Time);
                _sum = 0;
            }

            Grow(previous, (point.Time, to));
        }

        _previous = (point.Time, value);
    }

    private (long Start, long End) Window(long at)
    {
        if (buckets is null)
            return _window;
        var start = buckets.Start(at);
        return descending ? (buckets.Next(start), start) : (start, buckets.Next(start));
    }

    private void Grow((long Time, double Value) from, (long Time, double Value) to) =>
        _sum += 0.5 * (to.Value + from.Value) * ((double)(to.Time - from.Time) / unit);

    private void End() => _result.Add(new Point(_window.Start, _sum));
}
