namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>The downhill simplex method of Nelder and Mead, with the steps of Hutt's implementation in their order: InfluxDB uses it,
/// and its answers depend on them.</summary>
internal static class Simplex
{
    private const int MaxSteps = 1000;

    /// <param name="function">May change the point it is given.</param>
    /// <param name="tolerance">Ends once the corners' values lie so close.</param>
    public static (double Least, double[] Point) Minimize(Func<double[], double> function, double[] start, double tolerance)
    {
        var n = start.Length;
        var corners = Corners(start);
        var values = Array.ConvertAll(corners, c => function(c));
        for (var step = 0; step < MaxSteps; step++)
        {
            var (worst, best) = (0, 0);
            for (var i = 0; i <= n; i++)
            {
                if (values[i] > values[worst])
                    worst = i;
                if (values[i] < values[best])
                    best = i;
            }

            var second = best;
            for (var i = 0; i <= n; i++)
            {
                if (values[i] > values[second] && values[i] < values[worst])
                    second = i;
            }

            Move(function, corners, values, (worst, second, best));
            if (Spread(values) < tolerance)
                break;
        }

        var least = 0;
        for (var i = 0; i <= n; i++)
        {
            if (values[i] < values[least])
                least = i;
        }

        var point = corners[least].ToArray();
        return (function(corners[least]), point);
    }

    private static double[][] Corners(double[] start)
    {
        var n = start.Length;
        var far = 1.0 * (Math.Sqrt(n + 1) - 1 + n) / (n * Math.Sqrt(2));
        var near = 1.0 * (Math.Sqrt(n + 1) - 1) / (n * Math.Sqrt(2));
        return [.. Enumerable.Range(-1, n + 1).Select(corner => start.Select((x, i) => corner < 0 ? x : corner == i ? far + x : near + x).ToArray())];
    }

    private static void Move(Func<double[], double> function, double[][] corners, double[] values, (int Worst, int Second, int Best) at)
    {
        var (worst, second, best) = at;
        var center = Center(corners, worst);
        var reflected = Combine(center, (c, i) => c + 1.0 * (c - corners[worst][i]));
        var value = function(reflected);
        if (value < values[second] && value >= values[best])
            Replace(corners, values, worst, reflected, value);
        else if (value < values[best])
        {
            var expanded = Combine(center, (c, i) => c + 2.0 * (reflected[i] - c));
            var further = function(expanded);
            if (further < value)
                Replace(corners, values, worst, expanded, further);
            else
                Replace(corners, values, worst, reflected, value);
        }

        else if (value >= values[second])
            Contract(function, corners, values, at, (center, reflected, value));
    }

    private static void Contract(
        Func<double[], double> function, double[][] corners, double[] values, (int Worst, int Second, int Best) at,
        (double[] Center, double[] Reflected, double Value) tried)
    {
        var (worst, second, best) = at;
        var contracted = tried.Value < values[worst]
            ? Combine(tried.Center, (c, i) => c + 0.5 * (tried.Reflected[i] - c))
            : Combine(tried.Center, (c, i) => c - 0.5 * (c - corners[worst][i]));
        var nearer = function(contracted);
        if (nearer < values[worst])
        {
            Replace(corners, values, worst, contracted, nearer);
            return;
        }

        for (var i = 0; i < corners.Length; i++)
        {
            if (i != best)
                corners[i] = Combine(corners[best], (c, k) => c + (corners[i][k] - c) / 2.0);
        }

        values[worst] = function(corners[worst]);
        values[second] = function(corners[second]);
    }

    private static double[] Center(double[][] corners, int without)
    {
        var n = corners.Length - 1;
        var center = new double[n];
        for (var i = 0; i < n; i++)
        {
            var sum = 0.0;
            for (var m = 0; m <= n; m++)
            {
                if (m != without)
                    sum += corners[m][i];
            }

            center[i] = sum / n;
        }

        return center;
    }

    private static double[] Combine(double[] center, Func<double, int, double> with)
    {
        var result = new double[center.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = with(center[i], i);
        return result;
    }

    private static void Replace(double[][] corners, double[] values, int corner, double[] point, double value) =>
        (corners[corner], values[corner]) = (point.ToArray(), value);

    private static double Spread(double[] values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += value;
        var (average, squares) = (sum / values.Length, 0.0);
        foreach (var value in values)
            squares += (value - average) * (value - average) / (values.Length - 1);
        return Math.Sqrt(squares);
    }
}
