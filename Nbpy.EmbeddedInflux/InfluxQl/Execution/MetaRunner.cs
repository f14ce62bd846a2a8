using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Meta;
using Nbpy.EmbeddedInflux.Storage;
using Nbpy.EmbeddedInflux.Subscriptions;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Runs what changes users, continuous queries and subscriptions, and KILL QUERY.</summary>
internal sealed class MetaRunner(IStore store, MetaStore meta, ServerFacts facts)
{
    public void Run(Statement statement)
    {
        switch (statement)
        {
            case CreateUserStatement create:
                meta.CreateUser(create.Name, create.Password, create.Admin);
                break;
            case DropUserStatement drop:
                meta.DropUser(drop.Name);
                break;
            case SetPasswordStatement set:
                meta.SetPassword(set.Name, set.Password);
                break;
            case GrantStatement { Database: null } admin:
                meta.SetAdmin(admin.User, !admin.Revoke);
                break;
            case GrantStatement grant:
                Grant(grant);
                break;
            case CreateContinuousQueryStatement create:
                CreateContinuousQuery(create);
                break;
            case DropContinuousQueryStatement drop:
                meta.DropContinuousQuery(drop.Database, drop.Name);
                break;
            case CreateSubscriptionStatement create:
                CreateSubscription(create);
                break;
            case DropSubscriptionStatement drop:
                var (of, policy) = Names.Resolve(store, drop.Database, drop.Policy);
                meta.DropSubscription(of, policy, drop.Name);
                break;
            case KillQueryStatement kill when !facts.Queries.Kill(kill.Id):
                throw new StatementException("no such query id: " + kill.Id.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Grant(GrantStatement grant)
    {
        var user = meta.Find(grant.User) ?? throw new StatementException("user not found");
        _ = Names.Database(store, grant.Database);
        var held = user.Privileges.GetValueOrDefault(grant.Database!);
        // REVOKE READ of ALL leaves WRITE; GRANT replaces what was held.
        var privilege = !grant.Revoke ? grant.Privilege
            : grant.Privilege == Privilege.All || held == grant.Privilege ? Privilege.None
            : held != Privilege.All ? held
            : grant.Privilege == Privilege.Read ? Privilege.Write : Privilege.Read;
        meta.SetPrivilege(grant.User, grant.Database!, privilege);
    }

    private void CreateSubscription(CreateSubscriptionStatement create)
    {
        if (create.Destinations.FirstOrDefault(d => !Destination.IsValid(d)) is { } wrong)
            throw new StatementException("invalid subscription URL: " + wrong);
        var (database, policy) = Names.Resolve(store, create.Database, create.Policy);
        meta.CreateSubscription(new Subscription(database, policy, create.Name, create.Mode, create.Destinations));
    }

    private void CreateContinuousQuery(CreateContinuousQueryStatement create)
    {
        var database = Names.Database(store, create.Database);
        var spelled = create with { Select = Normalizer.Of(store, create.Select, database, null) };
        meta.CreateContinuousQuery(new ContinuousQuery(database, create.Name, StatementText.Of(spelled)));
    }
}
