using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Cuts results as <c>chunked</c> and the limit of rows ask for.</summary>
internal static class Chunks
{
    /// <summary>A result per series and per <paramref name="size"/> rows of one; <c>partial</c> on a series that goes on, and on a
    /// result that another of the same statement follows. Tags' keys and values are a result per measurement, whole.</summary>
    public static IEnumerable<StatementResult> Of(StatementResult result, int size)
    {
        if (!result.Streamed || result.Error is not null || result.Series.Count == 0)
        {
            yield return result;
            yield break;
        }

        for (var s = 0; s < result.Series.Count; s++)
        {
            var last = s + 1 == result.Series.Count;
            var series = result.Series[s];
            if (result.SeriesStandAlone)
            {
                yield return result with { Series = [series] };
                continue;
            }

            for (var at = 0; at == 0 || at < series.Values.Count; at += size)
            {
                var more = at + size < series.Values.Count;
                var part = series.Values.Count <= size ? series.Values : [.. series.Values.Skip(at).Take(size)];
                yield return result with
                {
                    Series = [series with { Values = part, Partial = more }],
                    Partial = more || !last,
                };
            }
        }
    }

    /// <summary>At most <paramref name="rows"/> rows of all; the series that was cut says so.</summary>
    public static IReadOnlyList<StatementResult> Limit(IReadOnlyList<StatementResult> results, int rows)
    {
        var (left, limited) = (rows, new List<StatementResult>());
        foreach (var result in results)
        {
            var kept = new List<ResultSeries>();
            foreach (var series in result.Series.TakeWhile(_ => left > 0))
            {
                kept.Add(series.Values.Count <= left ? series : series with { Values = [.. series.Values.Take(left)], Partial = true });
                left -= kept[^1].Values.Count;
            }

            limited.Add(result with { Series = kept });
            if (left == 0)
                break;
        }

        return limited;
    }
}
