using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Decides whether a user may run statements, by the privileges InfluxDB 1.x asks for.</summary>
internal static class Authorizer
{
    private static readonly Need Administrator = new(Privilege.All, null, true);

    /// <summary>A privilege a statement needs. Null database: the request's.</summary>
    private readonly record struct Need(Privilege Privilege, string? Database, bool Admin = false);

    public static void Check(IReadOnlyList<Statement> statements, QueryRequest request, MetaStore meta)
    {
        if (meta.State.Users.IsEmpty)
        {
            // The first administrator is made without one.
            if (statements is [CreateUserStatement { Admin: true }, ..])
                return;
            throw new NotAuthorizedException("create admin user first or disable authentication");
        }

        var user = request.User ?? throw new NotAuthorizedException("no user provided");
        if (user.Admin)
            return;
        foreach (var statement in statements)
        {
            foreach (var need in Needs(statement))
            {
                var database = string.IsNullOrEmpty(need.Database) ? request.Database ?? "" : need.Database;
                if (need.Admin)
                    throw Refusal(user, statement, "requires admin privilege");
                if (!user.May(need.Privilege, database))
                    throw Refusal(user, statement, $"requires {need.Privilege.Words()} on {database}");
            }
        }
    }

    private static NotAuthorizedException Refusal(User user, Statement statement, string needs) =>
        new($"{user.Name} not authorized to execute statement '{StatementText.Of(statement)}', {needs}");

    private static IEnumerable<Need> Needs(Statement statement) => statement switch
    {
        SelectStatement s => Select(s),
        ExplainStatement e => Select(e.Select),
        ShowStatement s => Show(s),
        CreateContinuousQueryStatement c => [new Need(Privilege.Read, c.Database), .. Select(c.Select).Where(n => n.Privilege == Privilege.Write)],
        DropContinuousQueryStatement => [new Need(Privilege.Write, null)],
        DropRetentionPolicyStatement d => [new Need(Privilege.Write, d.Database)],
        DeleteStatement => [new Need(Privilege.Write, null)],
        _ => [Administrator],
    };

    private static IEnumerable<Need> Select(SelectStatement select)
    {
        foreach (var source in select.Sources)
        {
            if (source is MeasurementSource m)
            {
                yield return new Need(Privilege.Read, m.Database);
                continue;
            }

            foreach (var need in Select(((SubquerySource)source).Select))
                yield return need;
        }

        if (select.Into is not null)
            yield return new Need(Privilege.Write, select.Into.Database);
    }

    private static IEnumerable<Need> Show(ShowStatement show) => show.Kind switch
    {
        ShowKind.Databases => [],
        ShowKind.Users or ShowKind.Grants or ShowKind.Stats or ShowKind.Diagnostics or ShowKind.Shards or ShowKind.ShardGroups
            or ShowKind.Subscriptions => [Administrator],
        ShowKind.Queries or ShowKind.ContinuousQueries => [new Need(Privilege.Read, null)],
        _ => [new Need(Privilege.Read, show.Database)],
    };
}
