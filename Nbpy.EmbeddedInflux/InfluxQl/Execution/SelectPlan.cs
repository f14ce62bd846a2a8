using System.Text.RegularExpressions;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>A SELECT with wildcards spelled out, columns named and times known.</summary>
internal sealed record SelectPlan
{
    /// <summary>The statement.</summary>
    public required SelectStatement Statement { get; init; }

    /// <summary>The columns after time.</summary>
    public required IReadOnlyList<Expr> Columns { get; init; }

    /// <summary>Their names, time first.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Tags of GROUP BY, sorted by name.</summary>
    public required IReadOnlyList<string> Dimensions { get; init; }

    public required Buckets? Buckets { get; init; }

    public required TimeRange Range { get; init; }

    /// <summary>Points before this are not read, though the query does not begin here: no interval is filled for it.</summary>
    public long DataMin { get; init; } = TimeRange.MinTime;

    public required Expr? Filter { get; init; }

    /// <summary>The outermost calls that are not math functions.</summary>
    public required IReadOnlyList<Call> Calls { get; init; }

    /// <summary>Fields and tags that stand outside of calls.</summary>
    public required IReadOnlyList<VarRef> References { get; init; }

    /// <summary>Calls of a field that no source has and whose type would be that field's: a column with one is null, whatever
    /// fill() says.</summary>
    public required IReadOnlySet<string> Untyped { get; init; }

    public required FillKind Fill { get; init; }

    /// <summary>True when the outer query's interval is used, because this subquery has none.</summary>
    public bool InheritedInterval { get; init; }

    /// <summary>What a subquery takes over from the query around it.</summary>
    internal sealed record Outer(TimeRange Range, Buckets? Buckets, IReadOnlyList<string> Dimensions);

    public static SelectPlan Of(SelectStatement statement, IReadOnlyList<Relation> relations, long now, Outer? outer)
    {
        var condition = Condition.Of(statement.Where, now, statement.Zone);
        var range = outer is null ? condition.Range : condition.Range.Intersect(outer.Range);
        var allTags = relations.SelectMany(r => r.Tags).ToHashSet();
        var dimensions = TagDimensions(statement.Dimensions, allTags).Concat((outer?.Dimensions ?? []).Where(allTags.Contains)).Distinct().Order(StringComparer.Ordinal).ToList();
        var fields = Expand(statement, relations, allTags, dimensions);
        var calls = fields.SelectMany(f => OuterCalls(f.Expr)).DistinctBy(c => c.Key).ToList();
        var buckets = TimeDimension(statement, now);
        var inherited = buckets is null && outer?.Buckets is not null && calls.Count > 0;
        var references = fields.SelectMany(f => OuterReferences(f.Expr)).Distinct().ToList();
        if (inherited)
            buckets = outer!.Buckets;
        if (buckets is not null && !range.HasMax)
            range = range with { Max = now };
        fields = [.. fields.SelectMany(TopTags)];
        return new SelectPlan
        {
            Statement = statement,
            Columns = [.. fields.Select(f => f.Expr)],
            Names = ColumnNames.Of(fields),
            Dimensions = dimensions,
            Buckets = buckets,
            InheritedInterval = inherited,
            Range = range,
            Filter = condition.Rest,
            Calls = calls,
            Untyped = calls.Where(c => IsUntyped(c, relations)).Select(c => c.Key).ToHashSet(),
            References = [.. fields.SelectMany(f => OuterReferences(f.Expr)).Distinct()],
            Fill = outer is not null && statement.Fill == FillKind.Null ? FillKind.None : statement.Fill,
        };
    }

    /// <summary>What <paramref name="around"/> hands down to its subqueries.</summary>
    public static Outer ForSubquery(SelectStatement around, long now, Outer? outer)
    {
        var range = Condition.Of(around.Where, now, around.Zone).Range;
        if (outer is not null)
            range = range.Intersect(outer.Range);
        var buckets = TimeDimension(around, now) ?? outer?.Buckets;
        if (buckets is not null && !range.HasMax)
            range = range with { Max = now };
        var dimensions = around.Dimensions.Select(d => d.Bare()).OfType<VarRef>().Select(v => v.Name).Concat(outer?.Dimensions ?? []);
        return new Outer(range, buckets, [.. dimensions.Distinct()]);
    }

    private static bool IsUntyped(Call call, IReadOnlyList<Relation> relations) =>
        call.Name is "first" or "last" or "max" or "min" or "sum" or "mode" or "spread" or "percentile" && call.Args[0] is VarRef { Cast: null } field
        && !relations.Any(r => r.Fields.ContainsKey(field.Name) || (r.Subquery && r.Tags.Contains(field.Name)));

    // top(f, tag, 3) has a column for the tag as well.
    private static IEnumerable<Field> TopTags(Field field)
    {
        yield return field;
        if (field.Expr is Call { Name: "top" or "bottom" } call)
        {
            foreach (var tag in call.Args.Skip(1).OfType<VarRef>())
                yield return new Field(tag, null);
        }
    }

    private static IEnumerable<Call> OuterCalls(Expr expr) => expr switch
    {
        Call c when Maths.IsFunction(c.Name) => c.Args.SelectMany(OuterCalls),
        Call c => [c],
        Binary b => OuterCalls(b.Left).Concat(OuterCalls(b.Right)),
        Paren p => OuterCalls(p.Inner),
        _ => [],
    };

    private static IEnumerable<VarRef> OuterReferences(Expr expr) => expr switch
    {
        VarRef v => [v],
        Call c when Maths.IsFunction(c.Name) => c.Args.SelectMany(OuterReferences),
        Binary b => OuterReferences(b.Left).Concat(OuterReferences(b.Right)),
        Paren p => OuterReferences(p.Inner),
        _ => [],
    };

    /// <summary>Refuses what cannot stand in GROUP BY.</summary>
    public static void CheckDimensions(SelectStatement statement)
    {
        foreach (var _ in TagDimensions(statement.Dimensions, []))
        {
            // Only whether it can be walked counts.
        }
    }

    /// <summary>The tags that GROUP BY names, of which <paramref name="tags"/> are there.</summary>
    public static IEnumerable<string> TagDimensions(IReadOnlyList<Expr> dimensions, HashSet<string> tags)
    {
        foreach (var dimension in dimensions.Select(d => d.Bare()))
        {
            switch (dimension)
            {
                case VarRef v when v.Name.Equals("time", StringComparison.OrdinalIgnoreCase):
                    throw new StatementException("time() is a function and expects at least one argument");
                case VarRef v:
                    yield return v.Name;
                    break;
                case Wildcard:
                    foreach (var tag in tags)
                        yield return tag;
                    break;
                case RegexLiteral regex:
                    foreach (var tag in tags.Where(t => Pattern(regex).IsMatch(t)))
                        yield return tag;
                    break;
                case Call { Name: "time" }:
                    break;
                case Call:
                    throw new StatementException("only time() calls allowed in dimensions");
                default:
                    throw new StatementException("only time and tag dimensions allowed");
            }
        }
    }

    /// <summary>The intervals of GROUP BY time(…); null when there is none.</summary>
    public static Buckets? TimeDimension(SelectStatement statement, long now)
    {
        var calls = statement.Dimensions.Select(d => d.Bare()).OfType<Call>().ToList();
        if (calls.Count == 0)
            return null;
        if (calls.Count > 1)
            throw new StatementException("multiple time dimensions not allowed");
        var args = calls[0].Args;
        if (args.Count is 0 or > 2)
            throw new StatementException("time dimension expected 1 or 2 arguments");
        if (args[0] is not DurationLiteral { Nanoseconds: > 0 } interval)
            throw new StatementException("time dimension must have duration argument");
        var offset = args.Count < 2 ? 0 : args[1] switch
        {
            DurationLiteral d => d.Nanoseconds,
            Call { Name: "now", Args.Count: 0 } => now,
            Literal { Value: string text } time when Condition.LooksLikeTime(text) && Condition.Time(time, now, statement.Zone) is var _ =>
                throw new StatementException("invalid time dimension offset: " + StatementText.Of(time)),
            Call { Name: "now" } => throw new StatementException("time dimension offset now() function requires no arguments"),
            Call => throw new StatementException("time dimension offset function must be now()"),
            _ => throw new StatementException("time dimension offset must be duration or now()"),
        };
        return new Buckets(interval.Nanoseconds, offset % interval.Nanoseconds, statement.Zone);
    }

    private static List<Field> Expand(
        SelectStatement statement, IReadOnlyList<Relation> relations, HashSet<string> tags, List<string> dimensions)
    {
        var types = new Dictionary<string, FieldType>();
        foreach (var (name, type) in relations.SelectMany(r => r.Fields))
            types[name] = types.TryGetValue(name, out var known) && known < type ? known : type;
        var fields = new List<Field>();
        foreach (var field in statement.Fields)
        {
            var wild = field.Expr.Flatten().FirstOrDefault(e => e is Wildcard or RegexLiteral);
            if (field.Expr is VarRef { Name: "time" or "TIME" } time)
                fields.Add(field with { Expr = time with { Name = "time" } });
            else if (wild is null)
                fields.Add(field);
            else if (field.Expr == wild)
                fields.AddRange(Matching(wild, types.Keys, tags, dimensions).Select(n => new Field(n, null)));
            else if (field.Expr is Call call)
                fields.AddRange(ExpandCall(field, call, wild, types));
            else
                throw new StatementException("unable to use wildcard in a binary expression");
        }

        return fields;
    }

    private static IEnumerable<VarRef> Matching(Expr wild, IEnumerable<string> fields, HashSet<string> tags, List<string> dimensions)
    {
        var kind = (wild as Wildcard)?.Kind;
        var names = fields.Where(_ => kind != "tag").Select(f => new VarRef(f, kind))
            .Concat(tags.Where(t => kind != "field" && !dimensions.Contains(t)).Select(t => new VarRef(t, "tag")));
        return names.Where(n => wild is not RegexLiteral regex || Pattern(regex).IsMatch(n.Name))
            .OrderBy(n => n.Name, StringComparer.Ordinal);
    }

    private static IEnumerable<Field> ExpandCall(Field field, Call call, Expr wild, Dictionary<string, FieldType> types)
    {
        var inner = call;
        while (inner.Args.Count > 0 && inner.Args[0] is Call next)
            inner = next;
        if (inner.Args.Count == 0 || inner.Args[0] != wild)
            throw new StatementException($"unsupported wildcard in {inner.Name}()");
        var function = Function.Find(inner.Name);
        foreach (var (name, type) in types.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            if (function is not null ? !function.Takes(type) : type > FieldType.Integer)
                continue;
            if (wild is RegexLiteral regex && !Pattern(regex).IsMatch(name))
                continue;
            yield return new Field(Substitute(call, wild, new VarRef(name)), $"{field.Alias ?? call.Name}_{name}");
        }
    }

    private static Call Substitute(Call call, Expr old, Expr by) =>
        new(call.Name, [.. call.Args.Select(a => a == old ? by : a is Call c ? Substitute(c, old, by) : a)]);

    private static Regex Pattern(RegexLiteral regex) => Patterns.Of(regex.Pattern);
}
