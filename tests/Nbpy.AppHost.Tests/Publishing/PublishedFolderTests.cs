using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nbpy.AppHost.Tests.Kubernetes;
using YamlDotNet.RepresentationModel;

namespace Nbpy.AppHost.Tests.Publishing;

/// <summary>What lies in a published folder, and what of the configuration is in it.</summary>
public sealed class PublishedFolderTests : IDisposable
{
    private readonly Published published = new();

    [Fact]
    public async Task Secrets_are_taken_out_of_the_configuration_and_nothing_else_is()
    {
        var recording = Path.Combine(published.Folder, "prices.jsonl");
        await File.WriteAllTextAsync(recording, "{}\n", TestContext.Current.CancellationToken);
        var folder = await published.PublishAsync("compose", c =>
        {
            c["influxdb"]!["password"] = "planted-1";
            c["docker"]!["services"]!["grafana"]!["admin_password"] = "planted-2";
            c["influxdb"]!["admin_username"] = "a$b";
            c["influxdb"]!["measurements"]!["token_price"] = JsonNode.Parse("""{ "tags": ["pair"], "fields": ["token_price", "secret_value"] }""");
            c["publishers"]![0]!["options"] = JsonNode.Parse("""{ "file": "prices.jsonl" }""");
            c["publishers"]![3]!["options"] = JsonNode.Parse("""{ "token_env": "OANDA_TOKEN_OF_A", "token": "planted-3" }""");
        });
        var text = await File.ReadAllTextAsync(Path.Combine(folder, "config", "integration_config.json"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("planted", text, StringComparison.Ordinal);
        var config = JsonNode.Parse(text)!;
        Assert.Equal(["token_price", "secret_value"], config["influxdb"]!["measurements"]!["token_price"]!["fields"]!.AsArray().Select(f => f!.GetValue<string>()));
        Assert.Equal("OANDA_TOKEN_OF_A", config["publishers"]![3]!["options"]!["token_env"]!.GetValue<string>());

        // The variable that the option names is passed on, the usual one is not; the other publisher of the venue keeps it.
        var services = Published.Services(folder);
        var own = Published.Variables(services["oanda-tick"]);
        Assert.Equal("${OANDA_TOKEN_OF_A:-}", own["OANDA_TOKEN_OF_A"]);
        Assert.DoesNotContain("OANDA_TOKEN", own.Keys);
        Assert.Contains("OANDA_TOKEN", Published.Variables(services["oanda-orders"]).Keys);
        Assert.Contains("BETFAIR_CERTIFICATE_KEY", Published.Variables(services["betfair-stream"]).Keys);
        var secrets = await File.ReadAllLinesAsync(Path.Combine(folder, ".env"), TestContext.Current.CancellationToken);
        Assert.Contains("#OANDA_TOKEN_OF_A=", secrets);
        Assert.Contains("#KRAKEN_API_KEY=", secrets);

        // What many small programs on one machine are told.
        Assert.All(new[] { "kraken-tick", "kraken-influxdb-tick" }, name => Assert.Equal("0x100000", Published.Variables(services[name]).GetValueOrDefault("DOTNET_GCgen0size")));

        // A dollar of the configuration is one in the container too.
        Assert.Equal("a$$b", Published.Variables(services["influxdb"])["INFLUXDB_ADMIN_USER"]);

        // The file that an option names is there, where the option says.
        var inside = config["publishers"]![0]!["options"]!["file"]!.GetValue<string>();
        Assert.StartsWith("/etc/nbpy/files/", inside, StringComparison.Ordinal);
        Assert.Equal("{}\n", await File.ReadAllTextAsync(Path.Combine(folder, "files", Path.GetFileName(inside)), TestContext.Current.CancellationToken));
        Assert.Contains("./files", services["kraken-tick"]["volumes"].ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("./files", services["kraken-depth"]["volumes"].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "")]
    [InlineData("0.0.0.0", "5558:5558")]
    [InlineData("192.0.2.7", "192.0.2.7:5558:5558")]
    public async Task What_the_configuration_opens_is_published_to_the_host_and_nothing_else_but_the_dashboards(string bindHost, string expected)
    {
        var services = Published.Services(await published.PublishAsync("compose", c =>
        {
            c["system"] ??= new JsonObject();
            c["system"]!["bind_host"] = bindHost;
            c["system"]!["trusted_network"] = true;
        }));
        var open = services.Where(s => s.Value.Children.ContainsKey("ports")).ToDictionary(s => s.Key, s => s.Value["ports"].ToString());
        Assert.Contains("grafana", open.Keys);
        Assert.DoesNotContain("influxdb", open.Keys);
        if (expected.Length == 0)
        {
            Assert.Single(open);
            return;
        }

        Assert.Contains(expected, open["kraken-tick"], StringComparison.Ordinal);
        Assert.DoesNotContain(open.Keys, name => name.EndsWith("-influxdb", StringComparison.Ordinal) || name == "validation");
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named_and_nothing_usable_is_published()
    {
        var (code, output) = await published.TryPublishAsync("compose", c => c["publishers"]![0]!["options"] = JsonNode.Parse("""{ "ca_file": "absent.pem" }"""));
        Assert.Equal(1, code);
        Assert.Contains("options.ca_file of 'kraken_tick' is 'absent.pem'", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_and_its_key_go_to_their_publisher_alone_and_in_Kubernetes_as_a_Secret()
    {
        const string certificate = "NBPY_TEST_CERTIFICATE", key = "NBPY_TEST_CERTIFICATE_KEY";
        foreach (var name in (string[])[certificate, key])
        {
            await File.WriteAllTextAsync(Path.Combine(published.Folder, name + ".pem"), $"planted {name}", TestContext.Current.CancellationToken);
            Environment.SetEnvironmentVariable(name, Path.Combine(published.Folder, name + ".pem")); // Names of this test alone.
        }

        void Own(JsonNode c) => c["publishers"]!.AsArray().Single(p => p!["name"]!.GetValue<string>() == "betfair_stream")!["options"] =
            new JsonObject { ["certificate_env"] = certificate, ["certificate_key_env"] = key };
        var folder = await published.PublishAsync("compose", Own);
        var services = Published.Services(folder);
        Assert.Equal("/etc/nbpy/certificates/nbpy_test_certificate_key.pem", Published.Variables(services["betfair-stream"])[key]);
        Assert.Contains("./secrets/certificate-of-betfair-stream", services["betfair-stream"]["volumes"].ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(services, s => s.Key != "betfair-stream" && s.Value["volumes"].ToString().Contains("certificate", StringComparison.Ordinal));
        Assert.Equal($"planted {key}", await File.ReadAllTextAsync(Path.Combine(folder, "secrets", "certificate-of-betfair-stream", "nbpy_test_certificate_key.pem"), TestContext.Current.CancellationToken));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(folder, "secrets")));

        folder = await published.PublishAsync("kubernetes", Own);
        var pod = Published.Load(folder).Where(o => o.Metadata.Name == "betfair-stream").Select(Published.Template).Single(t => t is not null)!.Spec;
        Assert.Equal("nbpy-certificate-of-betfair-stream", pod.Volumes.Single(v => v.Name == "certificates").Secret.SecretName);
        Assert.Contains("secrets/certificate-of-betfair-stream/nbpy_test_certificate.pem", await File.ReadAllTextAsync(Path.Combine(folder, "kustomization.yaml"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(folder, "*.yaml"), f => File.ReadAllText(f).Contains("planted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_of_the_users_own_has_all_that_ours_have_but_the_image_and_in_Kubernetes_too()
    {
        var project = Path.Combine(published.Folder, "Mine.csproj");
        await File.WriteAllTextAsync(project, "<Project Sdk=\"Microsoft.NET.Sdk\" />", TestContext.Current.CancellationToken);
        void Own(JsonNode c) => c["publishers"]![0]!["project"] = project;
        var services = Published.Services(await published.PublishAsync("compose", Own));
        Assert.Equal("${KRAKEN_TICK_IMAGE:?set it in .env}", services["kraken-tick"]["image"].ToString());
        var (own, ours) = (services["kraken-tick"], services["kraken-depth"]);
        Assert.Equal(ours.Children.Keys.Select(k => k.ToString()).Order(), own.Children.Keys.Select(k => k.ToString()).Order());
        Assert.Equal(ours["volumes"].ToString(), own["volumes"].ToString());
        Assert.Equal(ours["healthcheck"].ToString(), own["healthcheck"].ToString());
        Assert.Equal("0.0.0.0", Published.Variables(own)["NBPY_BIND_HOST"]);
        Assert.Equal("service_healthy", services["validation"]["depends_on"]["kraken-tick"]["condition"].ToString());

        var pod = Published.Load(await published.PublishAsync("kubernetes", Own)).Where(o => o.Metadata.Name == "kraken-tick").Select(Published.Template).Single(t => t is not null)!.Spec;
        Assert.Equal("kraken-tick:latest", pod.Containers[0].Image);
        Assert.Equal(["/data", "/etc/nbpy/integration_config.json", "/tmp"], pod.Containers[0].VolumeMounts.Select(m => m.MountPath).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--influx", "INFLUXDB_HOST")]
    [InlineData("--grafana", "GRAFANA_HOST")]
    public async Task An_external_part_on_loopback_is_refused_for_no_container_reaches_it(string option, string variable)
    {
        var (code, output) = await published.TryPublishAsync("compose", null, option, "external");
        Assert.Equal(2, code);
        Assert.Contains(variable, output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(published.Folder, "compose")));
    }

    [Fact]
    public async Task An_external_store_is_named_to_every_service_and_its_administrators_password_is_not_made_up()
    {
        var folder = await published.PublishAsync("compose", c => c["influxdb"]!["host"] = "influx.example.com", "--influx", "external");
        Assert.All(["kraken-influxdb-tick", "influxdb-setup", "validation"], name =>
            Assert.Equal("influx.example.com", Published.Variables(Published.Services(folder)[name])["INFLUXDB_HOST"]));
        Assert.Contains("INFLUXDB_ADMIN_PASSWORD=", await File.ReadAllLinesAsync(Path.Combine(folder, ".env"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("container", "viewer")]
    [InlineData("embedded", "container")]
    public async Task The_store_asks_for_passwords_and_each_service_knows_only_the_account_that_it_needs(string influx, string grafana)
    {
        var folder = await published.PublishAsync("compose", null, "--influx", influx, "--grafana", grafana);
        var services = Published.Services(folder);
        if (influx == "container")
            Assert.Equal("true", Published.Variables(services["influxdb"])["INFLUXDB_HTTP_AUTH_ENABLED"]);
        else
            Assert.Contains(((YamlSequenceNode)services["influxdb"]["command"]).Children, c => c.ToString() == "--auth");

        Assert.Equal("2G", services["influxdb"]["deploy"]["resources"]["limits"]["memory"].ToString());

        foreach (var (name, service) in services)
        {
            string[] expected = name switch
            {
                "influxdb" => ["INFLUXDB_ADMIN_PASSWORD"],
                "influxdb-setup" => ["INFLUXDB_ADMIN_PASSWORD", "INFLUXDB_PASSWORD", "INFLUXDB_READER_PASSWORD"],
                "grafana" or "grafana-setup" or "validation" => ["INFLUXDB_READER_PASSWORD"],
                _ when name.Contains("influxdb", StringComparison.Ordinal) => ["INFLUXDB_PASSWORD"],
                _ => [],
            };
            var known = Published.Variables(service).Values.SelectMany(v => Regex.Matches(v, @"\$\{(INFLUXDB_[A-Z_]*PASSWORD)").Select(m => m.Groups[1].Value)).Order(StringComparer.Ordinal);
            Assert.Equal((name, string.Join(' ', expected)), (name, string.Join(' ', known)));

            // Arguments of a process are for everybody on its machine to see.
            Assert.DoesNotContain("-password", service.Children.TryGetValue("healthcheck", out var check) ? check.ToString() : "", StringComparison.Ordinal);
        }

        var passwords = (await File.ReadAllLinesAsync(Path.Combine(folder, ".env"), TestContext.Current.CancellationToken))
            .Where(l => Regex.IsMatch(l, "^INFLUXDB_[A-Z_]*PASSWORD=")).Select(l => l.Split('=', 2)[1]).ToList();
        Assert.Equal(3, passwords.Distinct().Count());
        Assert.All(passwords, p => Assert.True(p.Length >= 20));
    }

    public void Dispose() => published.Dispose();
}
