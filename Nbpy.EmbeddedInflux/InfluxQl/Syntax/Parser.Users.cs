using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal sealed partial class Parser
{
    // After CREATE USER.
    private CreateUserStatement CreateUser()
    {
        var name = Identifier();
        Require("WITH");
        Require("PASSWORD");
        var password = Text();
        var admin = Accept("WITH");
        if (admin)
        {
            Require("ALL");
            Require("PRIVILEGES");
        }

        return new CreateUserStatement(name, password, admin);
    }

    // After SET.
    private SetPasswordStatement SetPassword()
    {
        Require("PASSWORD");
        Require("FOR");
        var name = Identifier();
        Require("=");
        return new SetPasswordStatement(name, Text());
    }

    // After GRANT or REVOKE.
    private GrantStatement Grant(bool revoke)
    {
        var privilege = Accept("READ") ? Privilege.Read : Accept("WRITE") ? Privilege.Write
            : Accept("ALL") ? Privilege.All : throw Expected("READ, WRITE, ALL [PRIVILEGES]");
        if (privilege == Privilege.All)
            Accept("PRIVILEGES");
        var to = revoke ? "FROM" : "TO";
        if (Accept("ON"))
        {
            var database = Identifier();
            Require(to);
            return new GrantStatement(revoke, privilege, database, Identifier());
        }

        if (privilege != Privilege.All || !Accept(to))
            throw Expected(privilege == Privilege.All ? "ON, " + to : "ON");
        return new GrantStatement(revoke, privilege, null, Identifier());
    }

    private string Text() => _token.Kind == TokenKind.String ? Advance().Text : throw Expected("string");
}
