namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>A time and a value on the way to a result.</summary>
/// <param name="Extra">Other columns of the selected point.</param>
internal readonly record struct Point(long Time, object? Value, object?[]? Extra = null);

/// <summary>Points of one series of the result, in the order of the query.</summary>
internal sealed record SeriesPoints(string[] Tags, List<Point> Points);

/// <summary>What a call answers: points per series.</summary>
internal sealed class Stream
{
    /// <summary>The series by their tag values joined.</summary>
    public Dictionary<string, SeriesPoints> Series { get; } = [];

    public static string Key(string[] tags) => string.Join('\0', tags);

    /// <summary>The series' list of points, made when missing.</summary>
    public List<Point> Of(string[] tags)
    {
        var key = Key(tags);
        if (!Series.TryGetValue(key, out var series))
            Series[key] = series = new SeriesPoints(tags, []);
        return series.Points;
    }

    /// <summary>A stream with every series' points passed through <paramref name="change"/>.</summary>
    public Stream Select(Func<List<Point>, List<Point>> change)
    {
        var result = new Stream();
        foreach (var (key, series) in Series)
        {
            var points = change(series.Points);
            if (points.Count > 0)
                result.Series[key] = series with { Points = points };
        }

        return result;
    }
}
