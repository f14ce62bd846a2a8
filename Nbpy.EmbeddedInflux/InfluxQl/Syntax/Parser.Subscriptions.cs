namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal sealed partial class Parser
{
    // After CREATE SUBSCRIPTION.
    private CreateSubscriptionStatement CreateSubscription()
    {
        var (name, database, policy) = Subscription();
        Require("DESTINATIONS");
        var mode = Accept("ALL") ? "ALL" : Accept("ANY") ? "ANY" : throw Expected("ALL, ANY");
        var destinations = new List<string>();
        do
            destinations.Add(Text());
        while (Accept(","));
        return new CreateSubscriptionStatement(name, database, policy, mode, destinations);
    }

    // After DROP SUBSCRIPTION.
    private DropSubscriptionStatement DropSubscription()
    {
        var (name, database, policy) = Subscription();
        return new DropSubscriptionStatement(name, database, policy);
    }

    private (string Name, string Database, string Policy) Subscription()
    {
        var name = Identifier();
        Require("ON");
        var database = Identifier();
        Require(".");
        return (name, database, Identifier());
    }
}
