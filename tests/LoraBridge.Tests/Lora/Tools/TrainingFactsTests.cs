using LoraBridge.Lora.Tools;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class TrainingFactsTests
{
    [Fact]
    public void Of_ATrainersMetadata_TellsItInPlainWords()
    {
        var facts = TrainingFacts.Of(new Dictionary<string, string>
        {
            ["ss_output_name"] = "cat",
            ["ss_sd_model_name"] = "base.safetensors",
            ["ss_base_model_version"] = "sd_v1",
            ["ss_new_sd_model_hash"] = "0123456789abcdef",
            ["ss_network_dim"] = "16",
            ["ss_network_alpha"] = "8.0",
            ["ss_steps"] = "1200",
            ["ss_max_train_steps"] = "2400",
            ["ss_learning_rate"] = "0.0001",
            ["ss_text_encoder_lr"] = "None",
            ["ss_num_train_images"] = "300",
            ["ss_num_reg_images"] = "0",
            ["ss_training_finished_at"] = "1700000000.5",
            ["ss_training_comment"] = "first\nline \u001b[31mred",
            ["ss_tag_frequency"] = """{"a": {"cat": 3, "hat": 9}, "b": {"cat": 7}}""",
        });

        var said = facts.Facts.ToDictionary(fact => fact.Key, fact => fact.Value);
        Assert.Equal("base.safetensors, sd_v1, hash 0123456789", said["base model"]);
        Assert.Equal("rank 16, alpha 8.0", said["network"]);
        Assert.Equal("1200 of 2400", said["steps"]);
        Assert.Equal("0.0001", said["learning rate"]);
        Assert.Equal("300 with repeats", said["pictures"]);
        Assert.Equal("2023-11-14 22:13 UTC", said["finished"]);
        Assert.Equal("first line [31mred", said["remark"]);
        Assert.Equal([new("cat", 10), new("hat", 9)], facts.Tags);
    }

    [Fact]
    public void Of_DatasetsWithTheirOwnCounts_TellsTheirTags()
    {
        var facts = TrainingFacts.Of(new Dictionary<string, string> { ["ss_datasets"] = """[{"tag_frequency": {"a": {"cat": 3}}}, {"tag_frequency": {"a": {"cat": 1}}}, 5]""" });

        Assert.Equal([new("cat", 4)], facts.Tags);
    }

    [Fact]
    public void Of_NoMetadata_TellsNothing()
    {
        var facts = TrainingFacts.Of(new Dictionary<string, string> { ["ss_training_finished_at"] = "never", ["ss_datasets"] = "}" });

        Assert.Empty(facts.Facts);
        Assert.Empty(facts.Tags);
    }
}
