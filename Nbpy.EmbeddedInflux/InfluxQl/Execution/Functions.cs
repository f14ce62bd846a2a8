using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>How a function makes its result.</summary>
internal enum FunctionKind
{
    /// <summary>One value of many points; the time is the interval's.</summary>
    Aggregate,

    /// <summary>A point, or several, out of many.</summary>
    Selector,

    /// <summary>A point per point.</summary>
    Transformation,
}

/// <summary>A function of InfluxQL.</summary>
/// <param name="Types">What it takes: <c>n</c>umbers, <c>s</c>trings, <c>b</c>ooleans.</param>
internal sealed record Function(FunctionKind Kind, int MinArgs, int MaxArgs, string Types)
{
    private static readonly Dictionary<string, Function> All = new()
    {
        ["count"] = new(FunctionKind.Aggregate, 1, 1, "nsb"),
        ["distinct"] = new(FunctionKind.Aggregate, 1, 1, "nsb"),
        ["mean"] = new(FunctionKind.Aggregate, 1, 1, "n"),
        ["median"] = new(FunctionKind.Aggregate, 1, 1, "n"),
        ["mode"] = new(FunctionKind.Aggregate, 1, 1, "nsb"),
        ["spread"] = new(FunctionKind.Aggregate, 1, 1, "n"),
        ["stddev"] = new(FunctionKind.Aggregate, 1, 1, "n"),
        ["sum"] = new(FunctionKind.Aggregate, 1, 1, "n"),
        ["integral"] = new(FunctionKind.Aggregate, 1, 2, "n"),
        ["first"] = new(FunctionKind.Selector, 1, 1, "nsb"),
        ["last"] = new(FunctionKind.Selector, 1, 1, "nsb"),
        ["max"] = new(FunctionKind.Selector, 1, 1, "nb"),
        ["min"] = new(FunctionKind.Selector, 1, 1, "nb"),
        ["percentile"] = new(FunctionKind.Selector, 2, 2, "n"),
        ["sample"] = new(FunctionKind.Selector, 2, 2, "nsb"),
        ["top"] = new(FunctionKind.Selector, 2, int.MaxValue, "n"),
        ["bottom"] = new(FunctionKind.Selector, 2, int.MaxValue, "n"),
        ["derivative"] = new(FunctionKind.Transformation, 1, 2, "n"),
        ["non_negative_derivative"] = new(FunctionKind.Transformation, 1, 2, "n"),
        ["difference"] = new(FunctionKind.Transformation, 1, 1, "n"),
        ["non_negative_difference"] = new(FunctionKind.Transformation, 1, 1, "n"),
        ["cumulative_sum"] = new(FunctionKind.Transformation, 1, 1, "n"),
        ["moving_average"] = new(FunctionKind.Transformation, 2, 2, "n"),
        ["elapsed"] = new(FunctionKind.Transformation, 1, 2, "nsb"),
        ["exponential_moving_average"] = new(FunctionKind.Transformation, 2, 4, "n"),
        ["double_exponential_moving_average"] = new(FunctionKind.Transformation, 2, 4, "n"),
        ["triple_exponential_moving_average"] = new(FunctionKind.Transformation, 2, 4, "n"),
        ["triple_exponential_derivative"] = new(FunctionKind.Transformation, 2, 4, "n"),
        ["relative_strength_index"] = new(FunctionKind.Transformation, 2, 4, "n"),
        ["chande_momentum_oscillator"] = new(FunctionKind.Transformation, 2, 4, "n"),
        ["kaufmans_efficiency_ratio"] = new(FunctionKind.Transformation, 2, 3, "n"),
        ["kaufmans_adaptive_moving_average"] = new(FunctionKind.Transformation, 2, 3, "n"),
        ["holt_winters"] = new(FunctionKind.Transformation, 3, 3, "n"),
        ["holt_winters_with_fit"] = new(FunctionKind.Transformation, 3, 3, "n"),
    };

    public static Function? Find(string name) => All.GetValueOrDefault(name);

    public bool Takes(FieldType type) => Types.Contains(
        type switch { FieldType.String => 's', FieldType.Boolean => 'b', _ => 'n' }, StringComparison.Ordinal);
}
