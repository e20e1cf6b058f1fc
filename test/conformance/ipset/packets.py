#!/usr/bin/python3
"""Random rules full of sets, run on the real kernel by the oracle (needs root): packets.py DIR FIRST LAST

writes DIR/SEED-legacy.json and DIR/SEED-nft.json, each {seed, scenario, truth}; packets.json holds some of them.
"""
import json, os, random, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../oracle"))
import randgen as rg

class G(rg.Gen):
    def __init__(s,seed):
        super().__init__(seed); s.R=random.Random('setgen-%d'%seed)
    def ipsets(self):
        R=self.R; out=[]
        REAL,VIPS,PORTS,NETS=rg.REAL,rg.VIPS,rg.PORTS,rg.NETS
        for i in range(R.randint(2,5)):
            ty=R.choice(["hash:ip","hash:net","hash:ip,port","bitmap:port","hash:net,port","hash:ip,port,ip","hash:ip,port,net","bitmap:ip"]); n="SET%d"%i; self.sets[n]=ty
            o=""
            if ty=="bitmap:port": o=" range 0-65535" if R.random()<.5 else " range 50-9000"
            if ty=="bitmap:ip": o=R.choice([" range 10.9.0.0/16"," range 10.9.0.0/16 netmask 24"," range 10.9.2.0-10.9.3.3"])
            if ty.startswith('hash') and R.random()<.3: o+=R.choice([" maxelem 3"," hashsize 64 bucketsize 2"])
            if ty in("hash:ip","hash:ip,port") and R.random()<.15: o+=" netmask 24"
            if R.random()<.5: o+=" counters"
            if R.random()<.2: o+=" comment"
            out.append("create %s %s%s"%(n,ty,o))
            for _ in range(R.randint(0,7)):
                ip=R.choice(REAL+VIPS); pt=R.choice(PORTS+[53,8080]); pr=R.choice(["tcp","tcp","udp"]); pp="%s:%d"%(pr,pt) if R.random()<.85 else R.choice(["icmp:echo-request","icmp:echo-reply","icmp:port-unreachable"])
                net=R.choice(NETS[:6]+[ip,ip]); nm=" nomatch" if R.random()<.25 else ""; ip2=R.choice(REAL)
                e={"hash:ip":ip,"hash:net":net+nm,"hash:ip,port":"%s,%s"%(ip,pp),"bitmap:port":str(R.choice([80,443,8080,53])),"hash:net,port":"%s,%s%s"%(net,pp,nm),"hash:ip,port,ip":"%s,%s,%s"%(ip,pp,ip2),"hash:ip,port,net":"%s,%s,%s%s"%(ip,pp,R.choice(NETS[:6]+[ip2]),nm),"bitmap:ip":R.choice(["10.9.2.2","10.9.3.2","10.9.3.3","10.9.2.3"])}[ty]
                out.append("add %s %s -exist"%(n,e))
        for i in range(R.randint(0,2)):
            n="LST%d"%i; out.append("create %s list:set%s"%(n," counters" if R.random()<.5 else ""))
            for m in R.sample(sorted(self.sets),R.randint(0,min(3,len(self.sets)))):
                if not m.startswith("LST"): out.append("add %s %s"%(n,m))
            self.sets[n]="list:set"
        return "\n".join(out)+"\n"
    def dirs(self,name):
        R=self.R; ty=self.sets[name]
        dim=ty.split(":")[1].count(",")+1 if not ty.startswith("list") else R.choice([1,2,3])
        if ty.startswith("bitmap"): dim=1
        if R.random()<.12: dim+=R.choice([-1,1])
        return ",".join(R.choice(["src","dst"]) for _ in range(max(1,dim)))
    def setmatch(self):
        R=self.R; name=R.choice(sorted(self.sets)); x="-m set %s--match-set %s %s"%(rg.neg(R),name,self.dirs(name))
        if R.random()<.2: x+=" --return-nomatch"
        if R.random()<.15: x+=" ! --update-counters"
        if R.random()<.15: x+=" ! --update-subcounters"
        if R.random()<.2: x+=R.choice([" --packets-gt %d"," --packets-lt %d"," --packets-eq %d"," ! --packets-eq %d"])%R.randint(0,3)
        if R.random()<.15: x+=R.choice([" --bytes-gt %d"," --bytes-lt %d"])%R.choice([0,50,100,200])
        return x
    def match(self,table,hooks,with_proto=None):
        proto,out=super().match(table,hooks,with_proto)
        out=[o for o in out if not o.startswith("-m set ")]
        if self.R.random()<.5: out.append(self.setmatch())
        return proto,out
    def target(self,table,kind,hooks,later,proto):
        R=self.R
        if R.random()<.18:
            name=R.choice(sorted(self.sets)); x="-j SET --%s-set %s %s"%(R.choice(["add","add","del"]),name,self.dirs(name))
            if "--add" in x and R.random()<.4: x+=" --exist"
            return x
        return super().target(table,kind,hooks,later,proto)
def scenario(seed,backend):
    g=G(seed); sc=g.rules_scenario(); sc["name"]="sets-%d"%seed; sc["backend"]=backend; return sc
if __name__=="__main__":
    d,a,b=sys.argv[1],int(sys.argv[2]),int(sys.argv[3]); nso=rg.load_oracle()
    for s in range(a,b):
        for be in ("legacy","nft"):
            sc=scenario(s,be)
            t=rg.strip(nso.run_scenario(json.loads(json.dumps(sc))))
            json.dump({"seed":s,"scenario":sc,"truth":t},open("%s/%d-%s.json"%(d,s,be),"w"))
