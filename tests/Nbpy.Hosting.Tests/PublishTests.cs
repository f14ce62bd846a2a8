namespace Nbpy.Hosting.Tests;

public sealed class PublishTests
{
    [Fact]
    public async Task A_program_with_a_Dockerfile_is_published_as_its_container_and_one_without_is_left_out()
    {
        await using var host = new TestHost("--operation=publish");
        host.Builder.AddDockerComposeEnvironment("compose");
        var first = host.Shell("first", "true").PublishAsDockerFile();
        host.Shell("second", "true").WithEnvironment("LATER", "yes").WaitFor(first).PublishAsDockerFile(c => c.WithEnvironment("BY", "configure")).WithEnvironment("AFTER", "too");
        host.Shell("third", "true");
        await host.App.RunAsync(host.Cancel);
        var yaml = await File.ReadAllTextAsync(Path.Combine(host.Folder, "aspire-output", "docker-compose.yaml"), host.Cancel);
        foreach (var text in (string[])["${FIRST_IMAGE}", "${SECOND_IMAGE}", "LATER", "BY", "AFTER", "depends_on", "service_started"])
            Assert.Contains(text, yaml, StringComparison.Ordinal);
        Assert.DoesNotContain("third", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_run_it_stays_the_program()
    {
        await using var host = new TestHost();
        host.Shell("first", "echo ran").PublishAsDockerFile();
        Assert.Equal("ran", await host.RunAsync("first"));
    }
}
