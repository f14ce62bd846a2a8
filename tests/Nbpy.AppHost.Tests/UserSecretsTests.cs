using Nbpy.AppHost.Tests.Kubernetes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests;

/// <summary>Secrets of <c>dotnet user-secrets</c> are variables that the environment does not set.</summary>
public sealed class UserSecretsTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("nbpy-user-secrets-").FullName;

    [Fact]
    public void They_stand_in_for_variables_that_are_not_set()
    {
        Dictionary<string, string?> environment = new() { ["HOME"] = home, ["INFLUXDB_PASSWORD"] = "of the environment", ["OANDA_TOKEN_FILE"] = "/run/secrets/oanda" };
        var path = Write("""{ "INFLUXDB_PASSWORD": "1", "OANDA_TOKEN": "2", "INFLUXDB_ADMIN_PASSWORD": "3", "NUMBER": 4, "Parameters:x": "5", "EMPTY": "" }""");
        Assert.Equal(path, UserSecrets.FilePath(environment.GetValueOrDefault));
        var set = new Dictionary<string, string>();
        var errors = new List<ConfigurationError>();
        UserSecrets.Apply(path, environment.GetValueOrDefault, set.Add, errors);
        Assert.Equal(new Dictionary<string, string> { ["INFLUXDB_ADMIN_PASSWORD"] = "3" }, set);
        Assert.Empty(errors);

        environment["DOTNET_ENVIRONMENT"] = "Production";
        Assert.Null(UserSecrets.FilePath(environment.GetValueOrDefault));
    }

    [Fact]
    public void A_file_that_is_broken_is_an_error_and_none_is_not()
    {
        var errors = new List<ConfigurationError>();
        UserSecrets.Apply(Path.Combine(home, "secrets.json"), _ => null, (_, _) => Assert.Fail("There is nothing to set."), errors);
        Assert.Empty(errors);
        var path = Write("{ broken");
        UserSecrets.Apply(path, _ => null, (_, _) => Assert.Fail("There is nothing to set."), errors);
        Assert.Contains(path, Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_host_has_the_credentials_that_they_hold()
    {
        Write("""{ "OANDA_TOKEN": "a-token" }""");
        var (code, output) = await Shell.RunAsync(
            home, TimeSpan.FromMinutes(1), "env", "-u", "DOTNET_ENVIRONMENT", "-u", "ASPNETCORE_ENVIRONMENT", "-u", "APPDATA", "-u", "OANDA_TOKEN", "-u", "OANDA_ACCOUNT_ID",
            $"HOME={home}", Published.Program("Nbpy.AppHost", "Nbpy.AppHost"), "--source", "live", "--config", Path.Combine(Shell.Root, "integration_config.json"));
        Assert.Equal(2, code);
        Assert.Contains("OANDA_ACCOUNT_ID", output, StringComparison.Ordinal);
        Assert.DoesNotContain("OANDA_TOKEN", output, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        var path = Path.Combine(home, ".microsoft", "usersecrets", "nbpy", "secrets.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(home, recursive: true);
}
