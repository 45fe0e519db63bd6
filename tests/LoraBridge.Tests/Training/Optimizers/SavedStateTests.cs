using LoraBridge.Tests.Checkpoints;
using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Optimizers;

public sealed class SavedStateTests
{
    [Fact]
    public void Read_OfAWrittenState_GivesEveryBit()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var state = new SavedState();
        state.Add("weights", randn(3, 4));
        state.Add("codes", ones(5, dtype: uint8));
        state.Add("third", 1.0 / 3);
        state.Add("tiny", double.Epsilon);
        state.Add("endless", double.PositiveInfinity);
        state.Write(folder.File("state"));

        using var read = SavedState.Read(folder.File("state"));

        Assert.Equal(state.Scalars, read.Scalars);
        Assert.Equal(state.Tensors.Keys.Order(), read.Tensors.Keys.Order());
        TensorAssert.Same(state.Tensors["weights"], read.Tensors["weights"]);
        TensorAssert.Same(state.Tensors["codes"], read.Tensors["codes"]);
    }

    [Fact]
    public void Part_OfAJoinedState_IsWhatWasAdded()
    {
        using var scope = NewDisposeScope();
        using var whole = new SavedState();
        using (var part = new SavedState())
        {
            part.Add("x", ones(2));
            part.Add("n", 3);
            whole.Add("optimizer.", part);
        }
        using (var other = new SavedState())
        {
            other.Add("x", zeros(2));
            whole.Add("average.", other);
        }

        using var again = whole.Part("optimizer.");

        Assert.Equal(["x"], again.Tensors.Keys);
        TensorAssert.Same(ones(2), again.Tensors["x"]);
        Assert.Equal(3, again.Scalar("n"));
        Assert.Throws<InvalidDataException>(() => again.Scalar("m"));
    }

    [Fact]
    public void Add_OfATensor_IsACopy()
    {
        using var scope = NewDisposeScope();
        var value = ones(2);
        using var state = new SavedState();
        state.Add("x", value);
        value.zero_();
        TensorAssert.Same(ones(2), state.Tensors["x"]);
    }

    [Fact]
    public void Read_OfAnotherFile_SaysWhatIsNoNumber()
    {
        using var folder = new TemporaryFolder();
        LoraBridge.Checkpoints.SafetensorsWriter.Write(folder.File("lora"), new Dictionary<string, Tensor>(), new Dictionary<string, string> { ["ss_network_module"] = "networks.lora" });
        Assert.Contains("'ss_network_module'", Assert.Throws<InvalidDataException>(() => SavedState.Read(folder.File("lora"))).Message, StringComparison.Ordinal);
    }
}
