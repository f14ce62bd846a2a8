using System.Globalization;

namespace Nbpy.Dashboard.Views;

/// <summary>The axes of a chart: round steps, and places of values.</summary>
internal sealed class ChartScale
{
    public const int Width = 900;
    public const int Height = 300;
    public const int Left = 64;
    public const int Right = 12;
    public const int Top = 10;
    public const int Bottom = 26;
    private const int Steps = 5;

    public ChartScale(IEnumerable<ChartLine> lines, DateTimeOffset from, DateTimeOffset to)
    {
        From = from;
        To = to;
        var values = lines.SelectMany(l => l.Points).Select(p => p.Value).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        var low = Math.Min(0, values.Min());
        var high = Math.Max(values.Max(), low == 0 ? 1e-9 : 0);
        Step = Round((high - low) / Steps);
        Low = Math.Floor(low / Step) * Step;
        High = Math.Ceiling(high / Step) * Step;
        if (High <= Low)
            High = Low + Step;
    }

    public DateTimeOffset From { get; }

    public DateTimeOffset To { get; }

    public double Low { get; }

    public double High { get; }

    public double Step { get; }

    public IEnumerable<double> Ticks
    {
        get
        {
            for (var i = 0; Low + (i * Step) <= High + (Step / 2); i++)
                yield return Low + (i * Step);
        }
    }

    public string X(DateTimeOffset time) => N(Left + (Math.Clamp((time - From) / (To - From), 0, 1) * (Width - Left - Right)));

    public string Y(double value) => N(Top + ((High - value) / (High - Low) * (Height - Top - Bottom)));

    public string Points(ChartLine line) => string.Join(' ', line.Points.Where(p => double.IsFinite(p.Value)).Select(p => $"{X(p.Time)},{Y(p.Value)}"));

    /// <summary>A number with its thousands, millions and billions as letters, and no more digits than count.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e9 => FormattableString.Invariant($"{value / 1e9:0.##} G"),
        >= 1e6 => FormattableString.Invariant($"{value / 1e6:0.##} M"),
        >= 1e4 => FormattableString.Invariant($"{value / 1e3:0.##} k"),
        >= 100 => FormattableString.Invariant($"{value:0.#}"),
        >= 0.01 => FormattableString.Invariant($"{value:0.###}"),
        >= 0.00001 => FormattableString.Invariant($"{value:0.######}"),
        _ => value.ToString("0.##E0", CultureInfo.InvariantCulture),
    };

    /// <summary>A value with its unit; seconds as µs, ms, s or longer.</summary>
    public static string Text(double value, string unit) => unit switch
    {
        "s" when value is >= 0 and < 1e9 => value == 0 ? "0 s" : ResourceWords.Duration(TimeSpan.FromSeconds(value)),
        "By" => $"{Number(value)} B",
        "By/s" => $"{Number(value)} B/s",
        "" => Number(value),
        _ => $"{Number(value)} {unit}",
    };

    private static double Round(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return (step / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
