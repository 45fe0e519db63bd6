using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Tests.Native;

public class ModuleTests
{
    [Fact]
    public void RegisterComponents_OfFields_GivesPyTorchsNamesAndOrder()
    {
        using var network = new Network();
        Assert.Equal(
            ["scale", "proj.weight", "proj.bias", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "net.0.weight", "net.0.bias", "net.last.weight", "net.last.bias", "by_name.a.weight", "by_name.a.bias", "factors.0", "factors.1", "old-name.weight", "old-name.bias"],
            network.named_parameters().Select(entry => entry.name));
        Assert.Equal(["table"], network.named_buffers().Select(entry => entry.name));
        Assert.Equal(["scale"], network.named_parameters(recurse: false).Select(entry => entry.name));
        Assert.Equal(["proj", "blocks", "net", "by_name", "factors", "old-name"], network.named_children().Select(entry => entry.name));
        Assert.Equal(16, network.parameters().Count());
        Assert.Single(network.buffers());
    }

    [Fact]
    public void NamedModules_OfANetwork_ListsChildrenBeforeWhatIsBelowThem()
    {
        using var network = new Network();
        Assert.Equal(
            ["proj", "blocks", "net", "by_name", "factors", "old-name", "blocks.0", "blocks.1", "net.0", "net.1", "net.last", "by_name.a"],
            network.named_modules().Select(entry => entry.name));
        Assert.Equal(12, network.modules().Count());
        Assert.Equal(6, network.children().Count());
    }

    [Fact]
    public void StateDict_OfANetwork_HoldsTheLiveTensors()
    {
        using var network = new Network();
        var state = network.state_dict();
        Assert.Equal(17, state.Count);
        Assert.Equal(network.named_parameters().Select(entry => entry.name).Append("table"), state.Keys);
        Assert.Same(network.scale, state["scale"]);
        Assert.Equal(["unet.scale"], network.state_dict(prefix: "unet").Keys.Take(1));
    }

    [Fact]
    public void LoadStateDict_OfAnother_CopiesAndConverts()
    {
        using var scope = NewDisposeScope();
        using var source = new Network();
        using var target = new Network();
        var state = source.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().to(float64));

        var (missing, unexpected) = target.load_state_dict(state);

        Assert.Empty(missing);
        Assert.Empty(unexpected);
        foreach (var (name, tensor) in target.state_dict())
        {
            Assert.Equal(float32, tensor.dtype);
            TensorAssert.Same(source.state_dict()[name].detach(), tensor.detach(), name);
        }
        Assert.All(target.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void LoadStateDict_ThatDoesNotFit_ThrowsOrSaysWhat()
    {
        using var scope = NewDisposeScope();
        using var target = Linear(2, 3);
        var state = new Dictionary<string, Tensor> { ["weight"] = ones(3, 2), ["scale"] = ones(1) };

        Assert.Throws<InvalidOperationException>(() => target.load_state_dict(state));
        var (missing, unexpected) = target.load_state_dict(state, strict: false);

        Assert.Equal(["bias"], missing);
        Assert.Equal(["scale"], unexpected);
        Assert.Equal(6, target.weight.sum().ToDouble());
        (missing, unexpected) = target.load_state_dict(state, skip: ["bias", "scale"]);
        Assert.Empty(missing);
        Assert.Empty(unexpected);
    }

    [Fact]
    public void GetParameter_ByDottedName_FindsItOrGivesNull()
    {
        using var network = new Network();
        Assert.Same(network.proj.weight, network.get_parameter("proj.weight"));
        Assert.Same(network.scale, network.get_parameter("scale"));
        Assert.Same(network.table, network.get_buffer("table"));
        Assert.NotNull(network.get_parameter("blocks.1.weight"));
        Assert.Null(network.get_parameter("blocks.2.weight"));
        Assert.Null(network.get_parameter("none"));
        Assert.True(network.has_parameter("by_name.a.bias"));
        Assert.False(network.has_buffer("scale"));
    }

    [Fact]
    public void Register_OfTheSameNameTwice_Throws()
    {
        using var module = new Empty();
        module.register_parameter("a", Parameter(zeros(1)));
        module.register_buffer("b", zeros(1));
        module.register_module("c", Linear(1, 1));
        Assert.Throws<InvalidOperationException>(() => module.register_parameter("a", Parameter(zeros(1))));
        Assert.Throws<InvalidOperationException>(() => module.register_buffer("b", zeros(1)));
        Assert.Throws<InvalidOperationException>(() => module.register_module("c", Linear(1, 1)));
        Assert.Throws<ArgumentException>(() => module.register_module("d.e", Linear(1, 1)));
        Assert.Equal(["a", "c.weight", "c.bias", "b"], module.state_dict().Keys);
    }

    [Fact]
    public void RegisterBuffer_NotPersistent_StaysOutOfTheState()
    {
        using var module = new Empty();
        using var mask = zeros(2);
        module.register_buffer("mask", mask, persistent: false);
        Assert.Empty(module.state_dict());
        Assert.Empty(module.named_buffers());
        Assert.Same(mask, module.get_buffer("mask"));
    }

    [Fact]
    public void SharedParameter_InTwoPlaces_IsListedOnceAndSavedTwice()
    {
        using var module = new Empty();
        var shared = Parameter(zeros(1));
        var (left, right) = (new Empty(), new Empty());
        left.register_parameter("w", shared);
        right.register_parameter("w", shared);
        module.register_module("left", left);
        module.register_module("right", right);
        Assert.Equal(["left.w"], module.named_parameters().Select(entry => entry.name));
        Assert.Equal(["left.w", "right.w"], module.state_dict().Keys);
    }

    [Fact]
    public void Train_AndEval_ReachEveryModule()
    {
        using var network = new Network();
        Assert.True(network.training);
        network.eval();
        Assert.False(network.training);
        Assert.All(network.modules(), module => Assert.False(module.training));
        network.train();
        Assert.All(network.modules(), module => Assert.True(module.training));
    }

    [Fact]
    public void Apply_OnANetwork_VisitsEveryModuleAndItselfLast()
    {
        using var network = new Network();
        var seen = new List<Module>();
        Assert.Same(network, network.apply(seen.Add));
        Assert.Equal(13, seen.Count);
        Assert.Same(network, seen[^1]);
    }

    [Fact]
    public void ZeroGrad_OnAModule_DropsOrClears()
    {
        using var scope = NewDisposeScope();
        using var linear = Linear(2, 2);
        linear.call(ones(1, 2)).sum().backward();
        linear.zero_grad(set_to_none: false);
        Assert.Equal(0, linear.weight.grad!.sum().ToDouble());
        linear.zero_grad();
        Assert.Null(linear.weight.grad);
        Assert.Null(linear.bias!.grad);
    }

    [Fact]
    public void Parameter_OfATensor_TakesItOver()
    {
        using var scope = NewDisposeScope();
        var tensor = ones(2);
        var parameter = new Parameter(tensor);
        Assert.True(tensor.IsInvalid);
        Assert.True(parameter.requires_grad);
        Assert.Equal(2, parameter.sum().ToDouble());
        Assert.False(new Parameter(ones(1), requires_grad: false).requires_grad);
        Assert.True(scope.Contains(parameter));
    }

    [Fact]
    public void Sequential_InOrder_PassesEachOutputOn()
    {
        using var scope = NewDisposeScope();
        using var sequence = Sequential(Linear(3, 4), SiLU(), Linear(4, 2));
        var x = randn(5, 3);
        var (first, last) = ((Linear)sequence[0], (Linear)sequence[2]);
        var expected = functional.linear(functional.silu(functional.linear(x, first.weight, first.bias)), last.weight, last.bias);
        TensorAssert.Same(expected.detach(), sequence.call(x).detach());
        Assert.Equal(3, sequence.Count);
        Assert.Equal(["1", "2"], sequence[1..].named_children().Select(entry => entry.name));
        TensorAssert.Same(x, Sequential().call(x));
    }

    [Fact]
    public void Sequential_OfInPlaceModules_KeepsItsOutput()
    {
        using var scope = NewDisposeScope();
        using var sequence = Sequential(Identity(), ReLU(inplace: true), Identity(), SiLU(inplace: true));
        Assert.Equal(functional.silu(tensor(2f)).ToSingle(), sequence.call(tensor(2f)).ToSingle());
    }

    [Fact]
    public void ModuleList_AfterChanges_RegistersWhatItHolds()
    {
        var list = ModuleList(Linear(1, 1), Linear(2, 2));
        list.append(Linear(3, 3));
        list.Insert(0, Linear(4, 4));
        list.RemoveAt(1);
        using var parent = new Empty();
        parent.register_module("list", list);
        Assert.Equal([4, 2, 3], list.Select(module => module.in_features));
        Assert.Equal(["list.0.weight", "list.0.bias", "list.1.weight", "list.1.bias", "list.2.weight", "list.2.bias"], parent.named_parameters().Select(entry => entry.name));
    }

    [Fact]
    public void ModuleDict_ByName_FindsAndKeepsTheOrder()
    {
        using var parent = new Empty();
        var dictionary = ModuleDict(("b", Linear(1, 2)), ("a", Linear(2, 3)));
        dictionary.Add("c", Linear(3, 4));
        parent.register_module("d", dictionary);
        Assert.Equal(["b", "a", "c"], dictionary.Keys);
        Assert.Equal(3, dictionary["a"].out_features);
        Assert.True(dictionary.ContainsKey("c"));
        Assert.False(dictionary.TryGetValue("z", out _));
        Assert.Equal("d.b.weight", parent.named_parameters().First().name);
    }

    private sealed class Empty() : Module("Empty");

    private sealed class Network : Module<Tensor, Tensor>
    {
        public readonly Parameter scale;
        public readonly Tensor table;
        public readonly Linear proj;
        private readonly ModuleList<Conv2d> blocks;
        private readonly Sequential net;
        private readonly ModuleDict<Linear> by_name;
        private readonly ParameterList factors;
        [ComponentName(Name = "old-name")] private readonly GroupNorm _norm;
        private readonly string _unrelated = "not a component";

        public Network() : base(nameof(Network))
        {
            // made in another order than declared: the fields decide
            proj = Linear(2, 3);
            _norm = GroupNorm(1, 2);
            scale = Parameter(ones(1));
            table = arange(4, dtype: float32);
            blocks = ModuleList(Conv2d(1, 2, 3), Conv2d(1, 2, 1, bias: false));
            net = Sequential(("0", Linear(2, 2)), ("1", GELU()), ("last", LayerNorm(2)));
            by_name = ModuleDict(("a", Linear(1, 1)));
            factors = ParameterList(Parameter(ones(1)), Parameter(zeros(2)));
            init.ones_(_norm.weight);
            init.zeros_(_norm.bias!);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => proj.call(input) * scale + _unrelated.Length;
    }
}
