using System.Text.Json.Nodes;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Jobs.Kinds;

namespace LoraBridge.Server.Tests.Jobs;

public sealed class TrainRequestTests
{
    [Fact]
    public void Read_FoldersThatARequestNames_StayTheJobs()
    {
        const string Request = """{"settings":{"output_dir":"/elsewhere","logging_dir":"/elsewhere","cache.folder":"/elsewhere"},"varied":{"saving.folder":"/elsewhere","logging.folder":"/elsewhere"},"extended":{"cache.folder":"/elsewhere"}}""";

        var report = TrainRequest.Read(new("id", "cat", "/jobs/id", JsonNode.Parse(Request)!.AsObject()), new EngineSettings());

        Assert.False(report.HasErrors, string.Join("\n", report.Problems));
        Assert.Equal(("/jobs/id", null, null), (report.Options.Saving.Folder, report.Options.Logging.Folder, report.Options.Cache.Folder));
    }
}
