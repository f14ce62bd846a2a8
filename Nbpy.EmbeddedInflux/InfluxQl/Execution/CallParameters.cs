using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>What InfluxDB refuses in the parameters of a function.</summary>
internal static class CallParameters
{
    /// <param name="call">With as many arguments as the function takes.</param>
    /// <param name="rows">The statement's LIMIT; null: none.</param>
    public static void Check(Call call, long? rows)
    {
        var last = call.Args[^1];
        switch (call.Name)
        {
            case "percentile" when last is not Literal { Value: long or double }:
                throw new StatementException("expected float argument in percentile()");
            case "sample" when last is not Literal { Value: long }:
                throw new StatementException("expected integer argument in sample()");
            case "moving_average" when last is not Literal { Value: long }:
                throw new StatementException($"second argument for moving_average must be an integer, got {last.GoType()}");
            case "sample" when Number(last) <= 0:
                throw new StatementException("sample window must be greater than 1, got " + ((Literal)last).Value);
            case "moving_average" when Number(last) <= 1:
                throw new StatementException("moving_average window must be greater than 1, got " + ((Literal)last).Value);
            case "top" or "bottom":
                CheckRanking(call, last, rows);
                break;
            case "holt_winters" or "holt_winters_with_fit":
                CheckForecast(call);
                break;
            case var name when TechnicalAnalysis.Has(name):
                CheckIndicator(call);
                break;
            case "derivative" or "non_negative_derivative" or "elapsed" or "integral"
                when call.Args.Count == 2 && last is not DurationLiteral:
                throw new StatementException(call.Name == "integral" ? "second argument must be a duration" : $"second argument to {call.Name} must be a duration, got {last.GoType()}");
            case "derivative" or "non_negative_derivative" or "elapsed" or "integral"
                when call.Args.Count == 2 && last is DurationLiteral { Nanoseconds: <= 0 } unit:
                throw new StatementException("duration argument must be positive, got " + Durations.Ql(unit.Nanoseconds));
        }
    }

    private static void CheckForecast(Call call)
    {
        if (call.Args[1] is not Literal { Value: long ahead })
            throw new StatementException($"expected integer argument as second arg in {call.Name}");
        if (ahead <= 0)
            throw new StatementException($"second arg to {call.Name} must be greater than 0, got {ahead}");
        if (call.Args[2] is not Literal { Value: long season })
            throw new StatementException($"expected integer argument as third arg in {call.Name}");
        if (season < 0)
            throw new StatementException($"third arg to {call.Name} cannot be negative, got {season}");
    }

    private static void CheckIndicator(Call call)
    {
        if (call.Args[1] is not Literal { Value: long period })
            throw new StatementException($"{call.Name} period must be an integer");
        if (period < 1)
            throw new StatementException($"{call.Name} period must be greater than or equal to 1");
        // InfluxDB takes it and then panics.
        if (call.Name == "chande_momentum_oscillator" && period == 1 && call.Args is not [_, _, _, Literal { Value: "exponential" or "simple" }])
            throw new StatementException($"{call.Name} period must be greater than 1 without a warmup type");
        if (call.Args.Count < 3)
            return;
        if (call.Args[2] is not Literal { Value: long hold })
            throw new StatementException($"{call.Name} hold period must be an integer");
        var least = call.Name == "triple_exponential_derivative" ? 1 : 0;
        if (hold < least && hold != -1)
            throw new StatementException($"{call.Name} hold period must be greater than or equal to {least}");
        if (call.Args.Count < 4)
            return;
        var none = call.Name == "chande_momentum_oscillator";
        if (call.Args[3] is not Literal { Value: string warmUp })
            throw new StatementException($"{call.Name} warmup type must be a string");
        if (warmUp is not ("exponential" or "simple") && !(none && warmUp == "none"))
            throw new StatementException($"{call.Name} warmup type must be one of:{(none ? " 'none'" : "")} 'exponential' 'simple'");
    }

    private static void CheckRanking(Call call, Expr last, long? rows)
    {
        if (last is not Literal { Value: long most })
            throw new StatementException($"expected integer as last argument in {call.Name}(), found {StatementText.Of(last)}");
        if (most <= 0)
            throw new StatementException($"limit ({most}) in {call.Name} function must be at least 1");
        if (rows is { } limit && most > limit)
            throw new StatementException($"limit ({most}) in {call.Name} function can not be larger than the LIMIT ({limit}) in the select statement");
        if (call.Args[0] is not VarRef)
            throw new StatementException($"expected first argument to be a field in {call.Name}(), found {StatementText.Of(call.Args[0])}");
        if (call.Args.Skip(1).SkipLast(1).FirstOrDefault(a => a is not VarRef) is { } wrong)
            throw new StatementException($"only fields or tags are allowed in {call.Name}(), found {StatementText.Of(wrong)}");
    }

    private static long Number(Expr literal) => (long)((Literal)literal).Value!;
}
